use crate::entity::Entity;
use crate::permissions::{Permissions, Principal};
use crate::policy::Document;
use crate::tag::Tagged;
use controlplane_services_kernel::Record;
use controlplane_services_kernel::quota::{self, Quota};
use controlplane_types::Timestamp;
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;

/// A role. Id: the name in lower case.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Role {
    /// As it was given.
    #[n(0)]
    pub name: String,
    /// `/` or `/division/`.
    #[n(1)]
    pub path: String,
    /// `AROA...`
    #[n(2)]
    pub role_id: String,
    /// When it was made.
    #[n(3)]
    pub created_at: Timestamp,
    /// Who may assume it.
    #[n(4)]
    pub trust: Document,
    /// For people.
    #[n(5)]
    pub description: Option<String>,
    /// How long a session may be asked for, in seconds: 3,600 to 43,200.
    #[n(6)]
    pub max_session_secs: u32,
    /// What its sessions may.
    #[n(7)]
    pub permissions: Permissions,
    /// Tags.
    #[n(8)]
    pub tags: BTreeMap<String, String>,
}

impl Record for Role {
    const KIND: &'static str = "role";
    const GLOBAL: bool = true;

    fn index(&self, add: &mut dyn FnMut(&'static str, &str)) {
        self.permissions.index(add);
    }
}

impl Entity for Role {
    const NOUN: &'static str = "role";
    const PREFIX: &'static str = "AROA";
    const QUOTA: (&'static str, &'static Quota) = ("RolesPerAccount", &quota::IAM_ROLES);

    fn name(&self) -> &str {
        &self.name
    }

    fn path(&self) -> &str {
        &self.path
    }
}

impl Principal for Role {
    const POLICIES_QUOTA: (&'static str, &'static Quota) = ("PoliciesPerRole", &quota::IAM_ROLE_POLICIES);
    const INLINE_MAX: usize = 10_240;

    fn permissions(&self) -> &Permissions {
        &self.permissions
    }

    fn permissions_mut(&mut self) -> &mut Permissions {
        &mut self.permissions
    }
}

impl Tagged for Role {
    fn tags(&self) -> &BTreeMap<String, String> {
        &self.tags
    }

    fn tags_mut(&mut self) -> &mut BTreeMap<String, String> {
        &mut self.tags
    }
}
