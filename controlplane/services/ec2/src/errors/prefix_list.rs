//! Errors of managed prefix lists.

use super::{invalid_parameter_combination, invalid_parameter_value, invalid_value, refuse};
use controlplane_services_kernel::ServiceError;
use std::fmt::Display;

pub(crate) fn prefix_list_name(name: &str) -> ServiceError {
    invalid_value(
        name,
        "prefixListName",
        "It must have 1 to 255 characters and not begin with com.amazonaws.",
    )
}

pub(crate) fn prefix_list_family(text: &str) -> ServiceError {
    invalid_value(text, "addressFamily", "It must be IPv4 or IPv6.")
}

pub(crate) fn prefix_list_size(most: i32) -> ServiceError {
    invalid_parameter_value(format!("Must specify a max size between 1 and {most}"))
}

pub(crate) fn prefix_list_description(text: &str, most: usize) -> ServiceError {
    invalid_value(text, "description", &format!("It must have at most {most} characters."))
}

pub(crate) fn prefix_list_cidr_twice(cidr: impl Display) -> ServiceError {
    invalid_parameter_value(format!("The CIDR ({cidr}) is specified more than once in the request"))
}

pub(crate) fn prefix_list_full() -> ServiceError {
    refuse(
        "PrefixListMaxEntriesExceeded",
        "You've reached the maximum number of entries for the prefix list.",
    )
}

pub(crate) fn prefix_list_entries_and_size() -> ServiceError {
    invalid_parameter_combination(
        "You cannot modify the entries and the maximum entries for the prefix list in the same request.",
    )
}

pub(crate) fn prefix_list_unchanged() -> ServiceError {
    refuse(
        "MissingParameter",
        "The request must contain at least one of PrefixListName, MaxEntries, AddEntries and RemoveEntries",
    )
}

pub(crate) fn prefix_list_version() -> ServiceError {
    refuse("PrefixListVersionMismatch", "The prefix list has the incorrect version number.")
}

pub(crate) fn prefix_list_version_unknown(parameter: &str, number: impl Display) -> ServiceError {
    invalid_value(&number.to_string(), parameter, "The prefix list has no such version.")
        .with_hint("the newest hundred versions of a list are kept")
}

pub(crate) fn prefix_list_entry_exists(cidr: impl Display, description: Option<&str>) -> ServiceError {
    let description = description.unwrap_or_default();
    refuse(
        "InvalidPrefixListModification",
        format!("An entry with the CIDR ({cidr}) and description ({description}) already exists."),
    )
}

pub(crate) fn prefix_list_entry_missing(cidr: impl Display) -> ServiceError {
    refuse("InvalidPrefixListModification", format!("The entry with the CIDR ({cidr}) does not exist."))
}
