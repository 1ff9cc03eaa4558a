//! A quota as it is shown.
//!
//! <https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_ServiceQuota.html>

pub mod ops;
mod shown;

pub(crate) use shown::{QuotaShown, arn, existing, of_service, service_name};
