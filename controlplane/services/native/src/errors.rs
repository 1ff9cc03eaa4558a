//! Every error of the native service, once.

use controlplane_services_kernel::ServiceError;
use controlplane_types::RegionName;

fn invalid(message: String) -> ServiceError {
    ServiceError::new("InvalidParameterValue", 400, message)
}

/// A field breaks a rule.
pub fn invalid_field(field: &str, value: &str, rule: &str) -> ServiceError {
    invalid(format!("Value ({value}) for {field} is invalid: {rule}"))
}

/// The region has no record: the server has not finished its first start.
pub fn no_region(region: &RegionName) -> ServiceError {
    ServiceError::internal(format!("region {region} has no record yet"))
}

/// A node says that it stands in a zone that does not exist.
pub fn unknown_zone(node: &str, zone: &str, zones: &str) -> ServiceError {
    ServiceError::new("UnknownZone", 400, format!("node {node}: label zone: there is no zone {zone:?}"))
        .with_hint(format!("start the agent with --label zone=..., one of: {zones}"))
}

/// A node says that it stands in another region.
pub fn wrong_region(node: &str, label: &str, regions: &str) -> ServiceError {
    ServiceError::new(
        "WrongRegion",
        400,
        format!("node {node}: label region: {label:?} is not one of this cluster's regions: {regions}"),
    )
}

/// The cluster began with another region.
pub fn other_home(region: &RegionName, home: &RegionName) -> ServiceError {
    invalid(format!("region {region}: {home} is this cluster's first region, and stays it"))
        .with_hint(format!("start the server with --region {home}, or --region {home},..."))
}

/// A node cannot move to another zone with instances on it: their subnets stay behind.
pub fn moved_while_held(node: &str, zone: &str, holders: usize) -> ServiceError {
    ServiceError::new(
        "NodeInUse",
        409,
        format!("node {node}: label zone: cannot become {zone} while {holders} instances are on the node"),
    )
    .with_hint("terminate the instances first")
}

/// Something relies on as many voters as there are.
pub fn vote_needed(number: u64, needed: usize, by: &str) -> ServiceError {
    let message = format!("server {number} cannot be removed: {by} needs {needed} servers that vote");
    ServiceError::new("ServerInUse", 409, message)
        .with_hint("let another server join first, or disable what needs this one")
}

/// There is no such node.
pub fn no_node(node: &str) -> ServiceError {
    ServiceError::new("NodeNotFound", 404, format!("there is no node {node:?}"))
}

/// A node that works is not deleted: its agent would register it again at once.
pub fn node_ready(node: &str) -> ServiceError {
    ServiceError::new("NodeInUse", 409, format!("node {node} is Ready")).with_hint("stop its agent first")
}

/// Something is still placed on the node.
pub fn node_held(node: &str, holders: usize) -> ServiceError {
    ServiceError::new("NodeInUse", 409, format!("{holders} instances are still placed on node {node}"))
        .with_hint("terminate them first")
}

/// A node that takes work does not leave.
pub fn node_open(node: &str) -> ServiceError {
    ServiceError::new("NodeInUse", 409, format!("node {node} takes new instances"))
        .with_hint(format!("`hearth node drain {node}` first"))
}

/// Nothing is said.
pub fn nothing_to_change(what: &str) -> ServiceError {
    invalid(format!("at least one {what} update is required"))
}

/// One call gives and takes the same.
pub fn set_and_removed(what: &str, key: &str) -> ServiceError {
    invalid(format!("cannot modify and remove the same {what}: {key}"))
}

/// Where a machine stands is its agent's to say.
pub fn place_label(key: &str) -> ServiceError {
    invalid(format!("the label {key} says where the machine stands, which only its agent tells"))
        .with_hint(format!("start the agent with another {key}"))
}

/// A label has another value.
pub fn label_in_the_way(key: &str, value: &str) -> ServiceError {
    let message = format!("'{key}' already has a value ({value}), and --overwrite is false");
    ServiceError::new("LabelExists", 409, message)
}

/// A taint has another value.
pub fn taint_in_the_way(node: &str, key: &str) -> ServiceError {
    let message =
        format!("node {node} already has {key} taint(s) with same effect(s) and --overwrite is false");
    ServiceError::new("TaintExists", 409, message)
}

/// There is no such taint.
pub fn no_taint(spec: &str) -> ServiceError {
    ServiceError::new("TaintNotFound", 404, format!("taint {spec:?} not found"))
}

/// The public address range is fixed: addresses out of it are in use.
pub fn public_addresses_fixed(region: &RegionName) -> ServiceError {
    invalid(format!("publicAddresses of region {region} cannot be changed"))
}

/// There is no such DNS server.
pub fn no_dns_server(name: &str) -> ServiceError {
    ServiceError::new("DnsServerNotFound", 404, format!("there is no DNS server {name:?}"))
}

/// There is no such server.
pub fn no_server(number: u64) -> ServiceError {
    ServiceError::new("ServerNotFound", 404, format!("there is no server {number}"))
        .with_hint("`hearth server list` shows them")
}

/// The authority's own certificate has ended.
pub fn authority_expired() -> ServiceError {
    ServiceError::new(
        "AuthorityExpired",
        409,
        "the cluster's authority has expired: it can sign nothing more",
    )
}

/// There is no such certificate.
pub fn no_certificate(target: &str) -> ServiceError {
    ServiceError::new("CertificateNotFound", 404, format!("there is no certificate {target:?}"))
        .with_hint("give a serial number or ROLE/NAME; `hearth certificate list` shows them")
}

/// Whoever revokes his own certificate cannot even read the answer.
pub fn own_certificate(serial: &str) -> ServiceError {
    ServiceError::new(
        "OwnCertificate",
        409,
        format!("certificate {serial} is the one this request came with"),
    )
    .with_hint("revoke it with another administrator's certificate")
}

/// A certificate that was taken back is not renewed.
pub fn certificate_revoked(serial: &str) -> ServiceError {
    ServiceError::new("CertificateRevoked", 403, format!("certificate {serial} was revoked"))
}

/// A token does not let somebody in. The reason is for the server's log only.
pub fn join_refused(reason: &str) -> ServiceError {
    ServiceError::new("JoinRefused", 403, reason)
}

/// There is no such token.
pub fn no_join_token(id: &str) -> ServiceError {
    ServiceError::new("JoinTokenNotFound", 404, format!("there is no join token {id:?}"))
}
