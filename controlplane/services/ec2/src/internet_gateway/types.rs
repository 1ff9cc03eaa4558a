use crate::errors::{self, Noun};
use crate::resource::Resource;
use controlplane_services_kernel::Record;
use minicbor::{Decode, Encode};

/// Index: the VPC it is attached to.
pub(super) const BY_VPC: &str = "vpc";

/// An internet gateway. Id: `igw-...`.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct InternetGateway {
    /// Where it is attached.
    #[n(0)]
    pub vpc_id: Option<String>,
}

impl Record for InternetGateway {
    const KIND: &'static str = "internet_gateway";

    fn index(&self, add: &mut dyn FnMut(&'static str, &str)) {
        if let Some(vpc_id) = &self.vpc_id {
            add(BY_VPC, vpc_id);
        }
    }
}

impl Resource for InternetGateway {
    const NOUN: &'static Noun = &errors::INTERNET_GATEWAY;
}
