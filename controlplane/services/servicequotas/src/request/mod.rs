//! A request for more of a quota: decided when it is made, so one that is there was granted.
//!
//! <https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_RequestServiceQuotaIncrease.html>

pub mod ops;
mod shown;
mod types;

pub(crate) use shown::RequestShown;
pub use types::QuotaRequest;
