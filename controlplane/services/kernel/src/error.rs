//! The one error an operation can end with.

use controlplane_wire::ErrorDetails;
use std::borrow::Cow;

/// An AWS error: code, message and HTTP status. Only a service's `errors.rs` makes them, so codes and sentences
/// stand in one place per service.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ServiceError {
    /// The AWS error code, such as `InvalidSubnet.Conflict`.
    pub code: Cow<'static, str>,
    /// What AWS says, naming the field and the rule.
    pub message: String,
    /// HTTP status at the AWS door.
    pub status: u16,
    /// What the caller may do about it; shown by the command line only.
    pub hint: Option<String>,
    /// What failed of several things, where AWS's model lists that in the error.
    pub details: Option<Box<ErrorDetails>>,
}

impl ServiceError {
    /// An error with an HTTP status.
    pub fn new(code: impl Into<Cow<'static, str>>, status: u16, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), status, hint: None, details: None }
    }

    /// Adds what the caller may do about it.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds what failed of several things.
    pub fn with_details(mut self, details: ErrorDetails) -> Self {
        self.details = Some(Box::new(details));
        self
    }

    /// A defect or a damaged record: the caller did nothing wrong.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new("InternalError", 500, message)
    }

    /// Whether the caller, not the server, is at fault.
    pub fn is_sender_fault(&self) -> bool {
        self.status < 500
    }
}
