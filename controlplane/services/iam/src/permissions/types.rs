use crate::entity::Entity;
use crate::errors;
use crate::policy::Document;
use controlplane_services_kernel::ServiceError;
use controlplane_services_kernel::quota::Quota;
use minicbor::{Decode, Encode};
use std::collections::{BTreeMap, BTreeSet};

/// Index of users, groups and roles by the ARNs of attached managed policies.
pub const BY_ATTACHED: &str = "attached_policy";

/// Index of users and roles by the ARN of their permission boundary.
pub const BY_BOUNDARY: &str = "permissions_boundary";

/// A principal's policies.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
pub struct Permissions {
    /// ARNs of managed policies.
    #[n(0)]
    pub attached: BTreeSet<String>,
    /// Documents by name.
    #[n(1)]
    pub inline: BTreeMap<String, Document>,
    /// ARN of the managed policy that bounds what the others allow. Groups have none.
    #[n(2)]
    pub boundary: Option<String>,
}

impl Permissions {
    /// How many policies these are, a boundary aside.
    pub(crate) fn count(&self) -> usize {
        self.attached.len() + self.inline.len()
    }

    /// What has policies is not deleted.
    pub(crate) fn nothing_left(&self) -> Result<(), ServiceError> {
        if !self.attached.is_empty() {
            return Err(errors::cannot_delete("detach all policies"));
        }
        if !self.inline.is_empty() {
            return Err(errors::cannot_delete("delete policies"));
        }
        Ok(())
    }

    pub(crate) fn index(&self, add: &mut dyn FnMut(&'static str, &str)) {
        self.attached.iter().for_each(|arn| add(BY_ATTACHED, arn));
        self.boundary.iter().for_each(|arn| add(BY_BOUNDARY, arn));
    }
}

/// Who has permissions: users, groups and roles.
pub trait Principal: Entity {
    /// AWS's name in errors for how many managed policies may be attached to one, and how many that is.
    const POLICIES_QUOTA: (&'static str, &'static Quota);
    /// How long all its inline policies together may be, in characters without white space.
    const INLINE_MAX: usize;

    /// What it may.
    fn permissions(&self) -> &Permissions;

    /// The same, to be changed.
    fn permissions_mut(&mut self) -> &mut Permissions;
}
