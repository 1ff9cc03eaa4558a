//! Who uses a managed policy.

use crate::group::Group;
use crate::permissions::{BY_ATTACHED, BY_BOUNDARY};
use crate::role::Role;
use crate::user::User;
use controlplane_services_kernel::Reader;
use serde::{Deserialize, Serialize};

/// What a policy is used as, in requests that ask for one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Purpose {
    PermissionsPolicy,
    PermissionsBoundary,
}

/// How often a policy is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Usage {
    /// As a policy of users, groups and roles.
    pub(crate) attached: usize,
    /// As a boundary of users and roles.
    pub(crate) bounds: usize,
}

impl Usage {
    pub(crate) fn of(arn: &str, reader: &Reader) -> Self {
        let count = |index| {
            reader.find::<User>(index, arn).count()
                + reader.find::<Group>(index, arn).count()
                + reader.find::<Role>(index, arn).count()
        };
        Self { attached: count(BY_ATTACHED), bounds: count(BY_BOUNDARY) }
    }
}
