//! Route 53's error codes and sentences.

use controlplane_services_kernel::{ErrorDetails, ServiceError};
use std::fmt::Display;

/// No such zone.
pub fn no_such_hosted_zone(id: &str) -> ServiceError {
    ServiceError::new("NoSuchHostedZone", 404, format!("No hosted zone found with ID: {id}"))
}

/// No such health check.
pub fn no_such_health_check(id: &str) -> ServiceError {
    ServiceError::new("NoSuchHealthCheck", 404, format!("A health check with id {id} does not exist."))
}

/// No such change.
pub fn no_such_change(id: &str) -> ServiceError {
    ServiceError::new("NoSuchChange", 404, format!("Could not find resource with ID: {id}"))
}

/// A value no rule allows.
pub fn invalid_input(message: impl Into<String>) -> ServiceError {
    ServiceError::new("InvalidInput", 400, message)
}

/// An ARN of something that carries no tags.
pub fn not_taggable(resource: &str) -> ServiceError {
    invalid_input(format!("{resource} is neither a hosted zone nor a health check"))
}

/// A name that is no domain name.
pub fn invalid_domain_name(name: &str, reason: impl Display) -> ServiceError {
    ServiceError::new("InvalidDomainName", 400, format!("{name} is not a valid domain name: {reason}"))
}

/// The reference made a zone before.
pub fn hosted_zone_already_exists(reference: &str) -> ServiceError {
    ServiceError::new(
        "HostedZoneAlreadyExists",
        409,
        format!("A hosted zone has already been created with the specified caller reference: {reference}"),
    )
}

/// The zone still holds records.
pub fn hosted_zone_not_empty() -> ServiceError {
    ServiceError::new(
        "HostedZoneNotEmpty",
        400,
        "The specified hosted zone contains non-required resource record sets and so cannot be deleted.",
    )
}

/// Every problem of a change batch at once, in brackets, as Route 53 says it.
pub fn invalid_change_batch(problems: &[String]) -> ServiceError {
    ServiceError::new("InvalidChangeBatch", 400, format!("[{}]", problems.join(", ")))
}

/// The reference made another health check before.
pub fn health_check_already_exists(reference: &str) -> ServiceError {
    ServiceError::new(
        "HealthCheckAlreadyExists",
        409,
        format!("A health check has already been created with the specified caller reference: {reference}"),
    )
}

/// A check that no checker looks at.
pub fn not_observed(id: &str) -> ServiceError {
    invalid_input(format!("{id} is a calculated health check, which no checker observes"))
}

/// Somebody else updated the check.
pub fn health_check_version_mismatch(given: i64, current: i64) -> ServiceError {
    ServiceError::new(
        "HealthCheckVersionMismatch",
        409,
        format!("The health check version {given} does not match the current version {current}."),
    )
}

/// The account has as many as it may.
pub fn too_many_hosted_zones(most: usize) -> ServiceError {
    let message = format!("This operation can't be completed: {most} hosted zones is the limit.");
    ServiceError::new("TooManyHostedZones", 400, message)
}

/// The account has as many as it may.
pub fn too_many_health_checks(most: usize) -> ServiceError {
    let message = format!("This operation can't be completed: {most} health checks is the limit.");
    ServiceError::new("TooManyHealthChecks", 400, message)
}

/// No such collection.
pub fn no_such_cidr_collection(id: &str) -> ServiceError {
    let message = format!("The CIDR collection {id} does not exist.");
    ServiceError::new("NoSuchCidrCollectionException", 404, message)
}

/// No such location in the collection.
pub fn no_such_cidr_location(name: &str) -> ServiceError {
    let message = format!("The CIDR collection has no location {name}.");
    ServiceError::new("NoSuchCidrLocationException", 404, message)
}

/// The name is taken by a collection of another reference.
pub fn cidr_collection_already_exists(name: &str) -> ServiceError {
    let message =
        format!("A CIDR collection with the name {name} and a different caller reference already exists.");
    ServiceError::new("CidrCollectionAlreadyExistsException", 400, message)
}

/// Somebody else changed the collection.
pub fn cidr_collection_version_mismatch(given: i64, current: i64) -> ServiceError {
    let message =
        format!("The CIDR collection version {given} does not match the current version {current}.");
    ServiceError::new("CidrCollectionVersionMismatchException", 409, message)
}

/// A block of another location.
pub fn cidr_block_in_use(block: &str, location: &str) -> ServiceError {
    let message = format!("The CIDR block {block} is already in use by location {location}.");
    ServiceError::new("CidrBlockInUseException", 400, message)
}

/// The collection holds blocks, or record sets route by it.
pub fn cidr_collection_in_use(name: &str) -> ServiceError {
    let message = format!("The CIDR collection {name} is in use, or isn't empty.");
    ServiceError::new("CidrCollectionInUseException", 400, message)
}

/// As many as there may be.
pub fn limits_exceeded(what: &str, most: usize) -> ServiceError {
    let message = format!("This operation can't be completed: {most} is the limit of {what}.");
    ServiceError::new("LimitsExceeded", 400, message)
}

/// No such reusable set; 400 with AWS, unlike everything else that is not there.
pub fn no_such_delegation_set(id: &str) -> ServiceError {
    let message = format!("A reusable delegation set with the ID {id} does not exist.");
    ServiceError::new("NoSuchDelegationSet", 400, message)
}

/// The reference made a set before.
pub fn delegation_set_already_created(reference: &str) -> ServiceError {
    let message =
        format!("A delegation set has already been created with the specified caller reference: {reference}");
    ServiceError::new("DelegationSetAlreadyCreated", 400, message)
}

/// The zone's name servers belong to a reusable set.
pub fn delegation_set_already_reusable(zone: &str) -> ServiceError {
    let message = format!("The delegation set of hosted zone {zone} has already been marked as reusable.");
    ServiceError::new("DelegationSetAlreadyReusable", 400, message)
}

/// Zones use the set.
pub fn delegation_set_in_use(id: &str) -> ServiceError {
    let message = format!("The delegation set {id} is used by hosted zones, which must be deleted first.");
    ServiceError::new("DelegationSetInUse", 400, message)
}

/// Every name server answers for a zone of this name, or a relative of it, already.
pub fn delegation_set_not_available() -> ServiceError {
    let message = "There are no name servers left for another hosted zone of this name.";
    ServiceError::new("DelegationSetNotAvailable", 400, message)
}

/// One of the set's name servers answers for a relative already.
pub fn conflicting_domain_exists(name: &str) -> ServiceError {
    let message = format!(
        "The name servers of the delegation set answer already for a hosted zone that is {name}, or a parent or child \
         of it."
    );
    ServiceError::new("ConflictingDomainExists", 400, message)
}

/// No zone to take name servers of.
pub fn hosted_zone_not_found(id: &str) -> ServiceError {
    ServiceError::new("HostedZoneNotFound", 400, format!("No hosted zone found with ID: {id}"))
}

/// Asked about VPCs of a public zone.
pub fn hosted_zone_not_private(id: &str) -> ServiceError {
    let message = format!("The hosted zone {id} is a public hosted zone, not a private hosted zone.");
    ServiceError::new("HostedZoneNotPrivate", 400, message)
}

/// No such part of the world.
pub fn no_such_geo_location() -> ServiceError {
    ServiceError::new("NoSuchGeoLocation", 404, "The specified geolocation is not supported.")
}

/// No DNS server said what it would answer.
pub fn not_answered(reason: &str) -> ServiceError {
    ServiceError::new("ServiceUnavailable", 503, format!("No DNS server can be asked: {reason}"))
}

/// A document no record sets can be made of.
pub fn invalid_traffic_policy_document(message: impl Into<String>) -> ServiceError {
    ServiceError::new("InvalidTrafficPolicyDocument", 400, message)
}

/// No such version of a policy.
pub fn no_such_traffic_policy(id: &str, number: i32) -> ServiceError {
    let message = format!("No traffic policy exists with Id {id} and version {number}.");
    ServiceError::new("NoSuchTrafficPolicy", 404, message)
}

/// The name is taken.
pub fn traffic_policy_already_exists(name: &str) -> ServiceError {
    let message = format!("A traffic policy with the name {name} already exists.");
    ServiceError::new("TrafficPolicyAlreadyExists", 409, message)
}

/// Instances were made of the version.
pub fn traffic_policy_in_use(id: &str, number: i32) -> ServiceError {
    let message = format!("Traffic policy instances were created by using version {number} of {id}.");
    ServiceError::new("TrafficPolicyInUse", 400, message)
}

/// As many as the account may have.
pub fn too_many_traffic_policies(most: usize) -> ServiceError {
    let message = format!("This operation can't be completed: {most} traffic policies is the limit.");
    ServiceError::new("TooManyTrafficPolicies", 400, message)
}

/// Every number is used up.
pub fn too_many_traffic_policy_versions(most: i32) -> ServiceError {
    let message =
        format!("This operation can't be completed: {most} is the limit of versions of a traffic policy.");
    ServiceError::new("TooManyTrafficPolicyVersionsForCurrentPolicy", 400, message)
}

/// No such instance.
pub fn no_such_traffic_policy_instance(id: &str) -> ServiceError {
    let message = format!("No traffic policy instance exists with ID: {id}");
    ServiceError::new("NoSuchTrafficPolicyInstance", 404, message)
}

/// Another instance has the name and type.
pub fn traffic_policy_instance_already_exists(name: &str, kind: &str) -> ServiceError {
    let message = format!("A traffic policy instance with DNS name {name}, type {kind} already exists.");
    ServiceError::new("TrafficPolicyInstanceAlreadyExists", 409, message)
}

/// As many as the account may have.
pub fn too_many_traffic_policy_instances(most: usize) -> ServiceError {
    let message = format!("This operation can't be completed: {most} traffic policy instances is the limit.");
    ServiceError::new("TooManyTrafficPolicyInstances", 400, message)
}

/// An instance keeps its type.
pub fn conflicting_types(current: &str, given: &str) -> ServiceError {
    let message =
        format!("The traffic policy instance has type {current}, the traffic policy version {given}.");
    ServiceError::new("ConflictingTypes", 400, message)
}

/// One entry that could not be protected, or not be left without protection.
#[derive(Debug)]
pub struct ProtectionFailure {
    /// Name of the record sets.
    pub name: String,
    /// Their type.
    pub kind: String,
    /// Why.
    pub code: &'static str,
    /// Why, for people.
    pub message: String,
}

/// Some entries failed, so none was taken.
pub fn invalid_protection_batch(failures: &[ProtectionFailure]) -> ServiceError {
    protection_error("InvalidResourceRecordSetProtectionBatch", 400, failures)
}

/// Everything asked for is protected already.
pub fn protection_already_exists(failures: &[ProtectionFailure]) -> ServiceError {
    protection_error("ProtectionAlreadyExists", 409, failures)
}

fn protection_error(code: &'static str, status: u16, failures: &[ProtectionFailure]) -> ServiceError {
    let told = |failure: &ProtectionFailure| {
        format!("{} {}: {}: {}", failure.name, failure.kind, failure.code, failure.message)
    };
    let item = |failure: &ProtectionFailure| {
        vec![
            ("RecordName", failure.name.clone()),
            ("RecordType", failure.kind.clone()),
            ("Code", failure.code.to_owned()),
            ("Message", failure.message.clone()),
        ]
    };
    let message = format!("[{}]", failures.iter().map(told).collect::<Vec<_>>().join(", "));
    ServiceError::new(code, status, message).with_details(ErrorDetails {
        list: "Errors",
        item: "ProtectionError",
        items: failures.iter().map(item).collect(),
    })
}

/// No log group that queries can be logged to.
pub fn no_such_log_group(arn: &str, why: &str) -> ServiceError {
    let message = format!("There is no log group {arn} for query logs: {why}.");
    ServiceError::new("NoSuchCloudWatchLogsLogGroup", 404, message)
}

/// The zone's queries are logged already.
pub fn query_logging_config_already_exists(zone: &str) -> ServiceError {
    let message = format!("The hosted zone {zone} has a query logging configuration already.");
    ServiceError::new("QueryLoggingConfigAlreadyExists", 409, message)
}

/// No such configuration.
pub fn no_such_query_logging_config(id: &str) -> ServiceError {
    let message = format!("No query logging configuration exists with ID: {id}");
    ServiceError::new("NoSuchQueryLoggingConfig", 404, message)
}

/// A token of somebody else.
pub fn invalid_pagination_token(token: &str) -> ServiceError {
    ServiceError::new("InvalidPaginationToken", 400, format!("NextToken: {token} is not from here"))
}

/// No such key.
pub fn no_such_key_signing_key(name: &str) -> ServiceError {
    ServiceError::new("NoSuchKeySigningKey", 404, format!("The key-signing key {name} does not exist."))
}

/// A name a key cannot have.
pub fn invalid_key_signing_key_name(name: &str) -> ServiceError {
    let message = format!("{name} is not 3 to 128 letters, digits and underscores.");
    ServiceError::new("InvalidKeySigningKeyName", 400, message)
}

/// A status a key cannot be given.
pub fn invalid_key_signing_key_status(status: &str) -> ServiceError {
    let message = format!("A key-signing key is created ACTIVE or INACTIVE, not {status}.");
    ServiceError::new("InvalidKeySigningKeyStatus", 400, message)
}

/// An active key stays.
pub fn key_signing_key_is_active(name: &str) -> ServiceError {
    let message = format!("The key-signing key {name} must be INACTIVE to be deleted.");
    ServiceError::new("InvalidKeySigningKeyStatus", 400, message)
}

/// The name or the KMS key is taken in this zone.
pub fn key_signing_key_already_exists(name: &str, arn: &str) -> ServiceError {
    let message =
        format!("The hosted zone has a key-signing key with the name {name} or the key {arn} already.");
    ServiceError::new("KeySigningKeyAlreadyExists", 409, message)
}

/// As many as a zone may have.
pub fn too_many_key_signing_keys(most: usize) -> ServiceError {
    let message = format!("A hosted zone has at most {most} key-signing keys.");
    ServiceError::new("TooManyKeySigningKeys", 400, message)
}

/// The zone would have no key to sign with.
pub fn key_signing_key_in_use(name: &str) -> ServiceError {
    let message =
        format!("The key-signing key {name} is the only active one of a hosted zone that is signed.");
    ServiceError::new("KeySigningKeyInUse", 400, message)
}

/// Resolvers still look for signatures of the key.
pub fn key_signing_key_in_parent_ds_record(name: &str) -> ServiceError {
    let message =
        format!("A DS record in the parent zone names the key-signing key {name}; remove it first.");
    ServiceError::new("KeySigningKeyInParentDSRecord", 400, message)
}

/// No KMS key that can be used.
pub fn invalid_kms_arn(arn: &str) -> ServiceError {
    let message = format!(
        "{arn} is no enabled customer managed key of this account with ECC_NIST_P256 and SIGN_VERIFY."
    );
    ServiceError::new("InvalidKMSArn", 400, message)
}

/// Nothing to sign with.
pub fn no_active_key_signing_key(zone: &str) -> ServiceError {
    let message = format!("The hosted zone {zone} has no active key-signing key.");
    ServiceError::new("KeySigningKeyWithActiveStatusNotFound", 400, message)
}

/// The zone is not signed.
pub fn dnssec_not_found(zone: &str) -> ServiceError {
    ServiceError::new("DNSSECNotFound", 400, format!("The hosted zone {zone} is not signed."))
}

/// No VPC, or none of the caller's.
pub fn invalid_vpc_id(vpc: &str) -> ServiceError {
    let message = format!("The VPC {vpc} does not exist or you are not authorized to access it.");
    ServiceError::new("InvalidVPCId", 400, message)
}

/// Somebody else's, who has not allowed it.
pub fn not_authorized(vpc: &str, zone: &str) -> ServiceError {
    let message = format!(
        "The VPC {vpc} and the hosted zone {zone} belong to different accounts, and the association has not been \
         authorized."
    );
    ServiceError::new("NotAuthorizedException", 401, message)
}

/// Public zones answer everywhere.
pub fn public_zone_vpc_association(zone: &str) -> ServiceError {
    let message = format!("The hosted zone {zone} is public: a VPC cannot be associated with it.");
    ServiceError::new("PublicZoneVPCAssociation", 400, message)
}

/// A VPC has one private zone of a name.
pub fn conflicting_private_domain(vpc: &str, region: &str, zone: &str, name: &str) -> ServiceError {
    let message = format!(
        "The VPC {vpc} in region {region} has already been associated with the hosted zone {zone} with the same \
         domain name {name}."
    );
    ServiceError::new("ConflictingDomainExists", 400, message)
}

/// Nothing to take away.
pub fn vpc_association_not_found(vpc: &str, zone: &str) -> ServiceError {
    let message = format!("The VPC {vpc} is not associated with the hosted zone {zone}.");
    ServiceError::new("VPCAssociationNotFound", 404, message)
}

/// A private zone without a VPC would answer nowhere.
pub fn last_vpc_association(vpc: &str, zone: &str) -> ServiceError {
    let message = format!(
        "The VPC {vpc} is the only one associated with the private hosted zone {zone}, and cannot be disassociated."
    );
    ServiceError::new("LastVPCAssociation", 400, message)
}

/// Nothing to take back.
pub fn vpc_association_authorization_not_found(vpc: &str, zone: &str) -> ServiceError {
    let message = format!("The VPC {vpc} is not authorized to be associated with the hosted zone {zone}.");
    ServiceError::new("VPCAssociationAuthorizationNotFound", 404, message)
}

/// As many as a zone may have.
pub fn too_many_vpc_association_authorizations(most: usize) -> ServiceError {
    let message = format!("This operation can't be completed: {most} authorizations is the limit of a zone.");
    ServiceError::new("TooManyVPCAssociationAuthorizations", 400, message)
}

/// Private zones share one set of name servers, which is nobody's to use elsewhere.
pub fn delegation_set_of_private_zone(id: &str) -> ServiceError {
    invalid_input(format!("{id}: private hosted zones have no reusable delegation set"))
}

/// Something that only public zones are.
pub fn not_for_private_zones(zone: &str, what: &str) -> ServiceError {
    let message = format!("The hosted zone {zone} is private, and private hosted zones are not {what}.");
    ServiceError::new("InvalidArgument", 400, message)
}

/// Accelerated recovery is for what is public.
pub fn accelerated_recovery_of_private_zone(zone: &str) -> ServiceError {
    invalid_input(format!(
        "The hosted zone {zone} is private, and only public ones have accelerated recovery."
    ))
}

/// It is switched off first.
pub fn accelerated_recovery_is_enabled(zone: &str) -> ServiceError {
    invalid_input(format!(
        "The hosted zone {zone} has accelerated recovery enabled, which must be disabled before it is deleted."
    ))
}
