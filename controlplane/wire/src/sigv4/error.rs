//! Why a signature is refused, and AWS's answer to each.

use super::MAX_SKEW;
use crate::error::ErrorReply;
use crate::limits;
use crate::model::{Protocol, Service};

/// A request that proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// No `Authorization` header.
    #[error("Request is missing Authentication Token")]
    Missing,
    /// The header, or what it refers to, is malformed.
    #[error("{0}")]
    Incomplete(String),
    /// Credentials in the query string.
    #[error("Signatures in the query string are not served: sign the Authorization header")]
    QuerySignature,
    /// Credentials in header and query string.
    #[error("The request is signed in both the Authorization header and the query string")]
    TwoSignatures,
    /// Nobody has this key.
    #[error("The security token included in the request is invalid.")]
    UnknownKey(String),
    /// Temporary credentials that are over.
    #[error("The security token included in the request is expired")]
    ExpiredToken,
    /// Date, region, service or terminator are not this request's.
    #[error("{0}")]
    Scope(String),
    /// Too old.
    #[error("Signature expired: {date} is earlier than {} minutes ago", MAX_SKEW.as_secs() / 60)]
    Expired {
        /// The request's date.
        date: String,
    },
    /// From the future.
    #[error("Signature not yet current: {date} is later than {} minutes from now", MAX_SKEW.as_secs() / 60)]
    NotYetCurrent {
        /// The request's date.
        date: String,
    },
    /// A header that matters is not covered by the signature.
    #[error("The header {0} must be among the signed headers")]
    Unsigned(String),
    /// The path is not in normal form.
    #[error("The path must not contain empty or dot segments")]
    Path,
    /// The body is not the one that was hashed, or was not hashed at all.
    #[error("The header x-amz-content-sha256 does not match the body")]
    Payload,
    /// The signature is not this key's for this request.
    #[error(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
         Access Key and signing method. Consult the service documentation for details."
    )]
    Mismatch,
}

/// What EC2 says about every credential it refuses, so that nothing is learnt from the difference.
const EC2_MESSAGE: &str = "AWS was not able to validate the provided access credentials";

impl SignatureError {
    /// What AWS answers in the family of `service`.
    pub fn reply(&self, service: Option<&Service>) -> ErrorReply {
        let ec2 = service.is_some_and(|service| service.protocol() == Protocol::Ec2Query);
        if service.is_some_and(|service| service.protocol().is_modern()) {
            let is_rest = service.is_some_and(|service| service.protocol().is_rest());
            let status = if is_rest { 403 } else { 400 };
            return ErrorReply::new(self.modern_code(), status, limits::echo(&self.to_string()));
        }
        let (code, status) = match self {
            Self::Missing => ("MissingAuthenticationToken", 403),
            Self::Incomplete(_) | Self::QuerySignature | Self::TwoSignatures => ("IncompleteSignature", 400),
            Self::ExpiredToken if ec2 => ("RequestExpired", 400),
            Self::ExpiredToken => ("ExpiredToken", 403),
            Self::Expired { .. } | Self::NotYetCurrent { .. } if ec2 => ("RequestExpired", 400),
            Self::UnknownKey(_) | Self::Mismatch if ec2 => {
                return ErrorReply::new("AuthFailure", 401, EC2_MESSAGE);
            }
            Self::Scope(_) | Self::Unsigned(_) | Self::Path | Self::Payload if ec2 => ("AuthFailure", 401),
            Self::UnknownKey(_) => ("InvalidClientTokenId", 403),
            _ => ("SignatureDoesNotMatch", 403),
        };
        ErrorReply::new(code, status, limits::echo(&self.to_string()))
    }

    /// What services say that are spoken in JSON and CBOR.
    fn modern_code(&self) -> &'static str {
        match self {
            Self::Missing => "MissingAuthenticationTokenException",
            Self::Incomplete(_) | Self::QuerySignature | Self::TwoSignatures => {
                "IncompleteSignatureException"
            }
            Self::ExpiredToken => "ExpiredTokenException",
            Self::UnknownKey(_) => "UnrecognizedClientException",
            _ => "InvalidSignatureException",
        }
    }
}
