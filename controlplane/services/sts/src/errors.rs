//! Every error code and sentence of STS. The only place that makes them.

use crate::web_identity::{Untimely, Untrusted};
use controlplane_services_kernel::ServiceError;
use controlplane_types::Timestamp;

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

/// Whoever is not let in by a token learns nothing of the role.
pub(crate) fn web_identity_not_authorized() -> ServiceError {
    ServiceError::new("AccessDenied", 403, "Not authorized to perform sts:AssumeRoleWithWebIdentity")
}

fn invalid_token(message: impl Into<String>) -> ServiceError {
    ServiceError::new("InvalidIdentityToken", 400, message)
}

/// The token is not one, or not its provider's.
pub(crate) fn untrusted(why: Untrusted) -> ServiceError {
    invalid_token(match why {
        Untrusted::NotAToken => "The ID Token provided is not a valid JWT.".to_owned(),
        Untrusted::Algorithm => {
            "The ID Token is signed with an algorithm that is not supported: use RS256, RS384, RS512, ES256 or ES384."
                .to_owned()
        }
        Untrusted::NoKey => NO_KEY.to_owned(),
        Untrusted::Signature => "The ID Token's signature cannot be verified.".to_owned(),
        Untrusted::Claim(name) => format!("The claim {name} of the ID Token is missing or invalid."),
    })
}

const NO_KEY: &str = "Couldn't retrieve verification key from your identity provider, please reference \
    AssumeRoleWithWebIdentity documentation for requirements";

/// The provider's keys are not to be had.
pub(crate) fn no_keys(why: Option<&str>) -> ServiceError {
    match why {
        Some("untrusted") => {
            invalid_token("OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint")
        }
        Some("unusable") => invalid_token(NO_KEY),
        _ => ServiceError::new(
            "IDPCommunicationError",
            400,
            "The identity provider that was asked to verify the incoming identity token could not be reached.",
        ),
    }
}

/// The account has not registered the token's issuer.
pub(crate) fn no_provider(issuer: &str) -> ServiceError {
    let shown: String = issuer.chars().filter(|c| !c.is_control()).take(255).collect();
    invalid_token(format!("No OpenIDConnect provider found in your account for https://{shown}"))
}

/// The token is for nobody the provider is registered with.
pub(crate) fn wrong_audience() -> ServiceError {
    invalid_token("Incorrect token audience")
}

/// What the token says holds at another time.
pub(crate) fn untimely(why: Untimely, now: Timestamp) -> ServiceError {
    match why {
        Untimely::Expired(end) => ServiceError::new(
            "ExpiredTokenException",
            400,
            format!(
                "Token expired: current date/time {} must be before the expiration date/time {end}",
                now.as_secs()
            ),
        ),
        Untimely::Early => ServiceError::new("IDPRejectedClaim", 403, "The ID Token is not valid yet."),
    }
}
