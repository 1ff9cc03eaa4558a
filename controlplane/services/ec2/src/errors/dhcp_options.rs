//! Errors of DHCP option sets.

use super::{invalid_parameter_value, invalid_value, refuse};
use controlplane_services_kernel::ServiceError;

pub(crate) fn dhcp_option_unknown(key: &str) -> ServiceError {
    invalid_value(key, "key", "There is no such DHCP option.")
}

pub(crate) fn dhcp_option_not_served(key: &str, why: &str) -> ServiceError {
    refuse("UnsupportedOperation", format!("The DHCP option {key} is not served: {why}."))
}

pub(crate) fn dhcp_option_twice(key: &str) -> ServiceError {
    invalid_parameter_value(format!("The DHCP option {key} is specified more than once"))
}

pub(crate) fn dhcp_option_without_value(key: &str) -> ServiceError {
    invalid_parameter_value(format!("The DHCP option {key} has no value"))
}

pub(crate) fn dhcp_domain_name(text: &str) -> ServiceError {
    invalid_value(
        text,
        "domain-name",
        "It must be a domain name, or several of them with spaces between, of at most 255 characters together.",
    )
}

pub(crate) fn too_many_name_servers(most: usize) -> ServiceError {
    invalid_parameter_value(format!("The DHCP option domain-name-servers takes at most {most} addresses"))
}
