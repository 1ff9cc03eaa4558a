use crate::entity::Entity;
use crate::tag::Tagged;
use controlplane_services_kernel::Record;
use controlplane_services_kernel::quota::{self, Quota};
use controlplane_types::Timestamp;
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;

/// Index of instance profiles by the name of their role, in lower case.
pub const BY_ROLE: &str = "role";

/// What gives an instance a role. Id: the name in lower case.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct InstanceProfile {
    /// As it was given.
    #[n(0)]
    pub name: String,
    /// `/` or `/division/`.
    #[n(1)]
    pub path: String,
    /// `AIPA...`
    #[n(2)]
    pub instance_profile_id: String,
    /// When it was made.
    #[n(3)]
    pub created_at: Timestamp,
    /// Name of its role, in lower case; it has one at most.
    #[n(4)]
    pub role: Option<String>,
    /// Tags.
    #[n(5)]
    pub tags: BTreeMap<String, String>,
}

impl Record for InstanceProfile {
    const KIND: &'static str = "instance_profile";
    const GLOBAL: bool = true;

    fn index(&self, add: &mut dyn FnMut(&'static str, &str)) {
        self.role.iter().for_each(|role| add(BY_ROLE, role));
    }
}

impl Entity for InstanceProfile {
    const NOUN: &'static str = "instance-profile";
    const PREFIX: &'static str = "AIPA";
    const QUOTA: (&'static str, &'static Quota) =
        ("InstanceProfilesPerAccount", &quota::IAM_INSTANCE_PROFILES);

    fn name(&self) -> &str {
        &self.name
    }

    fn path(&self) -> &str {
        &self.path
    }
}

impl Tagged for InstanceProfile {
    fn tags(&self) -> &BTreeMap<String, String> {
        &self.tags
    }

    fn tags_mut(&mut self) -> &mut BTreeMap<String, String> {
        &mut self.tags
    }
}
