use controlplane_services_kernel::Record;
use controlplane_types::Timestamp;
use minicbor::{Decode, Encode};

/// A reference whose resource is gone. Id: kind of the resource and the reference.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub(crate) struct UsedCallerReference {
    /// From when on it is usable again; absent: never.
    #[n(0)]
    pub until: Option<Timestamp>,
}

impl Record for UsedCallerReference {
    const KIND: &'static str = "used_caller_reference";
    const GLOBAL: bool = true;
}
