//! Every error code and sentence of STS. The only place that makes them.

use controlplane_services_kernel::ServiceError;

/// AWS says the same of a role that is not there.
pub(crate) fn not_authorized(caller: &str, action: &str, resource: &str) -> ServiceError {
    let message = format!("User: {caller} is not authorized to perform: {action} on resource: {resource}");
    ServiceError::new("AccessDenied", 403, message)
}

pub(crate) fn root_cannot_assume() -> ServiceError {
    ServiceError::new("AccessDenied", 403, "Roles may not be assumed by root accounts.")
}

pub(crate) fn of_a_session(action: &str) -> ServiceError {
    ServiceError::new("AccessDenied", 403, format!("Cannot call {action} with session credentials"))
}

pub(crate) fn only_users(action: &str) -> ServiceError {
    ServiceError::new("AccessDenied", 403, format!("Only IAM users can call {action}"))
}

pub(crate) fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::new("ValidationError", 400, message)
}

pub(crate) fn malformed_policy(message: impl Into<String>) -> ServiceError {
    ServiceError::new("MalformedPolicyDocument", 400, message)
}

pub(crate) fn invalid_authorization_message() -> ServiceError {
    ServiceError::new("InvalidAuthorizationMessageException", 400, "Message is not valid")
}

pub(crate) fn packed_too_large(percent: usize) -> ServiceError {
    let message = format!("Packed policy consumes {percent}% of allotted space, please use smaller policy.");
    ServiceError::new("PackedPolicyTooLarge", 400, message)
}
