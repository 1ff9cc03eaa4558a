//! Actions on health checks.

pub mod create_health_check;
pub mod delete_health_check;
pub mod get_health_check;
pub mod get_health_check_count;
pub mod get_health_check_last_failure_reason;
pub mod get_health_check_status;
pub mod list_health_checks;
pub mod update_health_check;
