//! Actions, one each.

pub mod get_requested_service_quota_change;
pub mod list_requested_service_quota_change_history;
pub mod request_service_quota_increase;
