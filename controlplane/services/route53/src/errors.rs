//! Route 53's error codes and sentences.

use controlplane_services_kernel::ServiceError;
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
