use crate::entity::Entity;
use crate::permissions::{Permissions, Principal};
use crate::tag::Tagged;
use controlplane_services_kernel::Record;
use controlplane_services_kernel::quota::{self, Quota};
use controlplane_types::Timestamp;
use minicbor::{Decode, Encode};
use std::collections::{BTreeMap, BTreeSet};

/// Index of users by the groups they are in, in lower case.
pub const BY_GROUP: &str = "group";

/// A user. Id: the name in lower case.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct User {
    /// As it was given.
    #[n(0)]
    pub name: String,
    /// `/` or `/division/`.
    #[n(1)]
    pub path: String,
    /// `AIDA...`: another user of the same name has another.
    #[n(2)]
    pub user_id: String,
    /// When it was made.
    #[n(3)]
    pub created_at: Timestamp,
    /// What it may.
    #[n(4)]
    pub permissions: Permissions,
    /// Names of groups, in lower case.
    #[n(5)]
    pub groups: BTreeSet<String>,
    /// Tags.
    #[n(6)]
    pub tags: BTreeMap<String, String>,
}

impl Record for User {
    const KIND: &'static str = "user";
    const GLOBAL: bool = true;

    fn index(&self, add: &mut dyn FnMut(&'static str, &str)) {
        self.permissions.index(add);
        self.groups.iter().for_each(|group| add(BY_GROUP, group));
    }
}

impl Entity for User {
    const NOUN: &'static str = "user";
    const PREFIX: &'static str = "AIDA";
    const QUOTA: (&'static str, &'static Quota) = ("UsersPerAccount", &quota::IAM_USERS);

    fn name(&self) -> &str {
        &self.name
    }

    fn path(&self) -> &str {
        &self.path
    }
}

impl Principal for User {
    const POLICIES_QUOTA: (&'static str, &'static Quota) = ("PoliciesPerUser", &quota::IAM_USER_POLICIES);
    const INLINE_MAX: usize = 2_048;

    fn permissions(&self) -> &Permissions {
        &self.permissions
    }

    fn permissions_mut(&mut self) -> &mut Permissions {
        &mut self.permissions
    }
}

impl Tagged for User {
    fn tags(&self) -> &BTreeMap<String, String> {
        &self.tags
    }

    fn tags_mut(&mut self) -> &mut BTreeMap<String, String> {
        &mut self.tags
    }
}
