//! Actions on query logging configurations.

pub mod create_query_logging_config;
pub mod delete_query_logging_config;
pub mod get_query_logging_config;
pub mod list_query_logging_configs;
