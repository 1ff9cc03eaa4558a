use controlplane_services_kernel::Record;
use controlplane_types::Timestamp;
use minicbor::{Decode, Encode};

/// A request that was granted. Id: the request's.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct QuotaRequest {
    /// Service of the quota.
    #[n(0)]
    pub service: String,
    /// Code of the quota.
    #[n(1)]
    pub code: String,
    /// What was asked for, and given.
    #[n(2)]
    pub value: usize,
    /// When.
    #[n(3)]
    pub at: Timestamp,
    /// Who asked: an ARN.
    #[n(4)]
    pub requester: String,
}

impl Record for QuotaRequest {
    const KIND: &'static str = "quota_request";
}
