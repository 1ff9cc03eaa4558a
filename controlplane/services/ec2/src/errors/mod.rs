//! Every error code and sentence of EC2, as its clients expect them. The only place that makes them.
//!
//! Split by who needs them: this file what all actions share, a file per group of nouns beside it.

mod compute;
mod dhcp_options;
mod network;
mod noun;
mod prefix_list;
mod security_group;

#[cfg(test)]
mod tests;

pub(crate) use compute::*;
pub(crate) use dhcp_options::*;
pub(crate) use network::*;
pub use noun::Noun;
pub(crate) use noun::{
    ADDRESS, DHCP_OPTIONS, IMAGE, INSTANCE, INTERNET_GATEWAY, KEY_PAIR, LAUNCH_TEMPLATE, NETWORK_INTERFACE,
    PREFIX_LIST, ROUTE_TABLE, SECURITY_GROUP, SECURITY_GROUP_RULE, SUBNET, VPC,
};
pub(crate) use prefix_list::*;
pub(crate) use security_group::*;

use controlplane_services_kernel::ServiceError;

/// An error at status 400.
pub(crate) fn refuse(code: &'static str, message: impl Into<String>) -> ServiceError {
    ServiceError::new(code, 400, message)
}

pub(crate) fn dry_run() -> ServiceError {
    ServiceError::new("DryRunOperation", 412, "Request would have succeeded, but DryRun flag is set.")
}

pub(crate) fn invalid_parameter_value(message: impl Into<String>) -> ServiceError {
    refuse("InvalidParameterValue", message)
}

pub(crate) fn invalid_value(value: &str, parameter: &str, rule: &str) -> ServiceError {
    invalid_parameter_value(format!("Value ({value}) for parameter {parameter} is invalid. {rule}"))
}

pub(crate) fn invalid_parameter_combination(message: impl Into<String>) -> ServiceError {
    refuse("InvalidParameterCombination", message)
}

pub(crate) fn missing_parameter(name: &str) -> ServiceError {
    refuse("MissingParameter", format!("The request must contain the parameter {name}"))
}

pub(crate) fn client_token(token: &str, most: usize) -> ServiceError {
    invalid_value(token, "ClientToken", &format!("It must have 1 to {most} visible ASCII characters."))
}

pub(crate) fn not_found(noun: &Noun, id: &str) -> ServiceError {
    // Launch templates have a sentence of their own.
    if noun.tag_type == LAUNCH_TEMPLATE.tag_type {
        let message = format!("The specified launch template, with template ID {id}, does not exist.");
        return refuse(noun.not_found, message);
    }
    refuse(noun.not_found, format!("The {} '{id}' does not exist", noun.words))
}

/// AWS names all that are missing from a list of ids.
pub(crate) fn these_not_found(noun: &Noun, ids: &[&str]) -> ServiceError {
    match ids {
        [id] => not_found(noun, id),
        _ => refuse(noun.not_found, format!("The {}s '{}' do not exist", noun.words, ids.join(", "))),
    }
}

pub(crate) fn malformed_id(noun: &Noun, id: &str) -> ServiceError {
    refuse(noun.malformed, format!("Invalid id: \"{id}\" (expecting \"{}...\")", noun.prefix))
}

pub(crate) fn has_dependencies(noun: &Noun, id: &str) -> ServiceError {
    let name = noun.words.strip_suffix(" ID").unwrap_or(noun.words);
    refuse("DependencyViolation", format!("The {name} '{id}' has dependencies and cannot be deleted."))
}

pub(crate) fn unknown_filter(name: &str) -> ServiceError {
    invalid_parameter_value(format!("The filter '{name}' is invalid"))
}

pub(crate) fn filter_without_values(name: &str) -> ServiceError {
    invalid_parameter_value(format!("The filter '{name}' has no values"))
}

pub(crate) fn filter_limit_exceeded(limit: usize) -> ServiceError {
    refuse(
        "FilterLimitExceeded",
        format!("The maximum number of filter values specified on a single call is {limit}"),
    )
}

pub(crate) fn ids_with_paging() -> ServiceError {
    invalid_parameter_combination("MaxResults and NextToken cannot be used together with a list of ids")
}

pub(crate) fn max_results_out_of_range(value: i32, least: usize, most: usize) -> ServiceError {
    let is_more = usize::try_from(value).is_ok_and(|value| value > most);
    let expected = if is_more { format!("less than {most}") } else { format!("greater than {least}") };
    invalid_parameter_value(format!(
        "Value ( {value} ) for parameter maxResults is invalid. Expecting a value {expected}."
    ))
}

pub(crate) fn too_many_ids(count: usize, most: usize) -> ServiceError {
    invalid_parameter_value(format!("The request names {count} ids; the maximum is {most}"))
}

pub(crate) fn invalid_next_token() -> ServiceError {
    refuse("InvalidNextToken", "The specified NextToken is not valid.")
}

pub(crate) fn not_taggable_here(resource_type: &str) -> ServiceError {
    invalid_parameter_value(format!(
        "'{resource_type}' is not a valid taggable resource type for this operation."
    ))
}

pub(crate) fn tag_type_given_twice(resource_type: &str) -> ServiceError {
    invalid_parameter_value(format!(
        "Resource type '{resource_type}' is specified in more than one TagSpecification."
    ))
}

pub(crate) fn tag_key_empty() -> ServiceError {
    invalid_parameter_value("Tag key cannot be empty")
}

pub(crate) fn tag_key_too_long(most: usize) -> ServiceError {
    invalid_parameter_value(format!("Tag key exceeds the maximum length of {most} characters"))
}

pub(crate) fn tag_value_too_long(most: usize) -> ServiceError {
    invalid_parameter_value(format!("Tag value exceeds the maximum length of {most} characters"))
}

pub(crate) fn tag_key_reserved() -> ServiceError {
    invalid_parameter_value("Tag keys starting with 'aws:' are reserved for internal use")
}

pub(crate) fn tag_is_no_demand(key: &str, value: &str, rule: &str) -> ServiceError {
    invalid_parameter_value(format!("Tag {key}={value} is not understood: {rule}"))
        .with_hint("hearth:node-selector/LABEL=VALUE, or hearth:toleration/KEY=[VALUE][:EFFECT]")
}

pub(crate) fn tag_key_given_twice(key: &str) -> ServiceError {
    invalid_parameter_value(format!("Duplicate tag key '{key}' specified."))
}

pub(crate) fn tag_limit_exceeded(most: usize) -> ServiceError {
    refuse("TagLimitExceeded", format!("The maximum number of tags for a resource is {most}."))
}

pub(crate) fn not_taggable(id: &str) -> ServiceError {
    refuse("InvalidID", format!("The ID '{id}' is not valid"))
}

pub(crate) fn too_many_resources(count: usize, most: usize) -> ServiceError {
    invalid_parameter_value(format!("The request names {count} resources; the maximum is {most}"))
}
