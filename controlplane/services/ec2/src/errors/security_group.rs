//! Errors of security groups and their rules.

use super::{invalid_parameter_combination, invalid_parameter_value, refuse};
use controlplane_services_kernel::ServiceError;

pub(crate) fn group_name_in_use(name: &str, vpc: &str) -> ServiceError {
    refuse("InvalidGroup.Duplicate", format!("The security group '{name}' already exists for VPC '{vpc}'"))
}

pub(crate) fn group_name_reserved(name: &str) -> ServiceError {
    if name == "default" {
        refuse("InvalidGroup.Reserved", "Cannot use reserved security group name: default")
    } else {
        invalid_parameter_value(format!(
            "Value ({name}) for parameter GroupName is invalid. Group names may not be in the format sg-*."
        ))
    }
}

pub(crate) fn group_text(parameter: &str, value: &str) -> ServiceError {
    invalid_parameter_value(format!(
        "Value ({value}) for parameter {parameter} is invalid. It must have 1 to 255 characters out of \
         a-z, A-Z, 0-9, spaces, and ._-:/()#,@[]+=&;{{}}!$*"
    ))
}

pub(crate) fn group_not_found_by_name(name: &str, vpc: &str) -> ServiceError {
    refuse(
        "InvalidGroup.NotFound",
        format!("The security group '{name}' does not exist in default VPC '{vpc}'"),
    )
}

pub(crate) fn group_id_or_name() -> ServiceError {
    refuse("MissingParameter", "The request must contain the parameter groupName or groupId")
}

pub(crate) fn group_id_and_name() -> ServiceError {
    invalid_parameter_combination("GroupId and GroupName cannot be used together")
}

pub(crate) fn default_group_stays(id: &str) -> ServiceError {
    refuse(
        "CannotDelete",
        format!("the specified group: \"{id}\" name: \"default\" cannot be deleted by a user"),
    )
}

pub(crate) fn group_in_use(id: &str) -> ServiceError {
    refuse("DependencyViolation", format!("resource {id} has a dependent object"))
}

pub(crate) fn group_referenced(id: &str, by: &str) -> ServiceError {
    refuse("DependencyViolation", format!("resource {id} has a dependent object"))
        .with_hint(format!("a rule of {by} refers to it"))
}

pub(crate) fn no_permissions() -> ServiceError {
    refuse("MissingParameter", "Either IpPermissions or the parameters of one permission are required")
}

pub(crate) fn flat_and_permissions() -> ServiceError {
    invalid_parameter_combination(
        "IpPermissions cannot be combined with the parameters of a single permission",
    )
}

pub(crate) fn ids_and_permissions() -> ServiceError {
    invalid_parameter_combination("SecurityGroupRuleIds cannot be combined with permissions")
}

pub(crate) fn permission_without_peer() -> ServiceError {
    refuse(
        "MissingParameter",
        "A permission needs at least one of IpRanges, Ipv6Ranges, PrefixListIds and UserIdGroupPairs",
    )
}

pub(crate) fn one_peer() -> ServiceError {
    invalid_parameter_combination(
        "Exactly one of CidrIpv4, CidrIpv6, PrefixListId and ReferencedGroupId is required in a rule",
    )
}

pub(crate) fn missing_protocol() -> ServiceError {
    refuse("MissingParameter", "The request must contain the parameter IpProtocol")
}

pub(crate) fn unknown_protocol(protocol: &str) -> ServiceError {
    invalid_parameter_value(format!("Invalid value '{protocol}' for IP protocol. Unknown protocol."))
}

pub(crate) fn ports_needed() -> ServiceError {
    invalid_parameter_value(
        "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.",
    )
}

pub(crate) fn port_out_of_range(port: i32) -> ServiceError {
    invalid_parameter_value(format!("TCP/UDP port ({port}) out of range"))
}

pub(crate) fn ports_reversed(from: i32, to: i32) -> ServiceError {
    invalid_parameter_value(format!("Invalid TCP/UDP port range ({from},{to})"))
}

pub(crate) fn icmp_out_of_range(what: &str, value: i32) -> ServiceError {
    invalid_parameter_value(format!("ICMP {what} ({value}) out of range"))
}

pub(crate) fn icmp_code_without_type() -> ServiceError {
    invalid_parameter_value("ICMP code can be given only together with an ICMP type")
}

pub(crate) fn rule_description(value: &str) -> ServiceError {
    invalid_parameter_value(format!(
        "Invalid rule description '{value}'. Valid descriptions are strings less than 256 characters from the \
         following set: a-zA-Z0-9. _-:/()#,@[]+=&;{{}}!$*"
    ))
}

pub(crate) fn duplicate_rule(rule: &str) -> ServiceError {
    refuse("InvalidPermission.Duplicate", format!("the specified rule \"{rule}\" already exists"))
}

pub(crate) fn duplicate_rule_in_request(rule: &str) -> ServiceError {
    invalid_parameter_value(format!("The same permission must not appear multiple times: \"{rule}\""))
}

pub(crate) fn rule_not_in_group() -> ServiceError {
    refuse("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
}

pub(crate) fn rule_limit_exceeded() -> ServiceError {
    refuse(
        "RulesPerSecurityGroupLimitExceeded",
        "The maximum number of rules per security group has been reached.",
    )
}

pub(crate) fn peer_in_other_network(group: &str, peer: &str) -> ServiceError {
    refuse(
        "InvalidGroup.NotFound",
        format!("You have specified two resources that belong to different networks: {group} and {peer}"),
    )
}

pub(crate) fn peer_of_other_account(account: &str) -> ServiceError {
    invalid_parameter_value(format!(
        "Value ({account}) for parameter UserId is invalid. Groups of other accounts are not served."
    ))
}

pub(crate) fn peer_of_other_vpc(vpc: &str) -> ServiceError {
    invalid_parameter_value(format!(
        "Value ({vpc}) for parameter VpcId is invalid. It is not the VPC of the referenced group."
    ))
}

pub(crate) fn peer_without_group() -> ServiceError {
    refuse("MissingParameter", "A UserIdGroupPair needs GroupId or GroupName")
}

/// A rule of a manifest.
pub(crate) fn one_rule_peer() -> ServiceError {
    ServiceError::new(
        "InvalidManifest",
        400,
        "spec.ingress[] and spec.egress[]: exactly one of cidrIp, cidrIpv6, sourceGroupId and sourcePrefixListId is required in a \
         rule",
    )
}
