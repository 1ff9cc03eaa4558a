//! Every error code and sentence of KMS. The only place that makes them.

use controlplane_services_kernel::ServiceError;
use std::fmt::Display;

pub(crate) fn no_such_key(id: &str) -> ServiceError {
    ServiceError::new("NotFoundException", 400, format!("Key '{id}' does not exist"))
}

pub(crate) fn disabled(arn: &str) -> ServiceError {
    ServiceError::new("DisabledException", 400, format!("{arn} is disabled."))
}

pub(crate) fn pending_deletion(arn: &str) -> ServiceError {
    ServiceError::new("KMSInvalidStateException", 400, format!("{arn} is pending deletion."))
}

pub(crate) fn not_pending_deletion(arn: &str) -> ServiceError {
    ServiceError::new("KMSInvalidStateException", 400, format!("{arn} is not pending deletion."))
}

pub(crate) fn not_served(member: &str, value: &str, served: &str) -> ServiceError {
    let message = format!("{member}: {value} is not served, only {served} is.");
    ServiceError::new("UnsupportedOperationException", 400, message)
}

pub(crate) fn incompatible_algorithm(algorithm: &str) -> ServiceError {
    let message = format!("Algorithm {algorithm} is incompatible with key spec ECC_NIST_P256.");
    ServiceError::new("InvalidKeyUsageException", 400, message)
}

pub(crate) fn message_type_not_served(kind: &str) -> ServiceError {
    validation(format!("MessageType: {kind} is not served, only RAW and DIGEST are."))
}

pub(crate) fn invalid_digest() -> ServiceError {
    validation("Digest is invalid length for algorithm ECDSA_SHA_256.")
}

pub(crate) fn invalid_window(days: impl Display) -> ServiceError {
    validation(format!("PendingWindowInDays: {days} is not between 7 and 30."))
}

fn validation(message: impl Into<String>) -> ServiceError {
    ServiceError::new("ValidationException", 400, message)
}

pub(crate) fn invalid_signature() -> ServiceError {
    ServiceError::new(
        "KMSInvalidSignatureException",
        400,
        "The signature is not one of this key and message.",
    )
}

pub(crate) fn invalid_marker() -> ServiceError {
    ServiceError::new("InvalidMarkerException", 400, "Marker: it was not given by an earlier answer.")
}

pub(crate) fn too_many_keys(most: usize) -> ServiceError {
    ServiceError::new("LimitExceededException", 400, format!("An account has at most {most} keys."))
}
