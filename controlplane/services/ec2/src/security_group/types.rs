use super::DEFAULT_NAME;
use crate::errors::{self, Noun};
use crate::resource::Resource;
use controlplane_services_kernel::Record;
use minicbor::{Decode, Encode};

/// Index: the VPC.
pub(super) const BY_VPC: &str = "vpc";
/// Index: VPC and name.
pub(super) const BY_NAME: &str = "name";

/// A security group. Id: `sg-...`.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct SecurityGroup {
    /// Its VPC.
    #[n(0)]
    pub vpc_id: String,
    /// Unique in the VPC.
    #[n(1)]
    pub name: String,
    /// Free text.
    #[n(2)]
    pub description: String,
}

impl SecurityGroup {
    /// Whether it came with its VPC.
    pub fn is_default(&self) -> bool {
        self.name == DEFAULT_NAME
    }
}

/// Value of the index over names.
pub(super) fn name_index(vpc_id: &str, name: &str) -> String {
    format!("{vpc_id}/{name}")
}

impl Record for SecurityGroup {
    const KIND: &'static str = "security_group";

    fn index(&self, add: &mut dyn FnMut(&'static str, &str)) {
        add(BY_VPC, &self.vpc_id);
        add(BY_NAME, &name_index(&self.vpc_id, &self.name));
    }
}

impl Resource for SecurityGroup {
    const NOUN: &'static Noun = &errors::SECURITY_GROUP;
}
