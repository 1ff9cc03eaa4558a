//! Actions, one each.

pub mod get_aws_default_service_quota;
pub mod get_service_quota;
pub mod list_aws_default_service_quotas;
pub mod list_service_quotas;
pub mod list_services;
