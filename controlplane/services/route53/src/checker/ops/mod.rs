//! Actions on checkers.

pub mod get_checker_ip_ranges;
