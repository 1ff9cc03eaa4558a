//! What can go wrong on the command line: a kind that decides the exit code, a message, a hint.

use std::fmt::Display;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use tonic::{Code, Status};

/// Exit codes, stable for scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Something went wrong on this side.
    Failed = 1,
    /// What was typed makes no sense.
    Usage = 2,
    /// There is no such record.
    NotFound = 3,
    /// The request breaks a rule; nothing was changed.
    Refused = 4,
    /// The region cannot be reached or cannot answer now.
    Unavailable = 5,
    /// What was waited for did not come.
    TimedOut = 6,
    /// This server was removed from its cluster; starting it again is of no use.
    Removed = 7,
}

/// An error for people.
#[derive(Debug)]
pub(crate) struct CliError {
    kind: Kind,
    message: String,
    hint: Option<String>,
}

impl CliError {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None }
    }

    /// Something failed while doing `what`.
    pub(crate) fn failed(what: impl Display, error: &(dyn std::error::Error + 'static)) -> Self {
        let mut message = format!("{what}: {error}");
        let mut source = error.source();
        while let Some(cause) = source {
            message.push_str(&format!(": {cause}"));
            source = cause.source();
        }
        Self::new(Kind::Failed, message)
    }

    /// The same error with another exit code.
    pub(crate) fn with_kind(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What went wrong, without the hint.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Tells the error and gives the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        let colour = std::io::stderr().is_terminal();
        let (red, off) = if colour { ("\x1b[31m", "\x1b[0m") } else { ("", "") };
        let mut stderr = std::io::stderr().lock();
        // There is nowhere else to complain to.
        let _ = writeln!(stderr, "{red}error{off}: {}", self.message);
        if let Some(hint) = &self.hint {
            let _ = writeln!(stderr, "hint: {hint}");
        }
        ExitCode::from(self.kind as u8)
    }
}

impl From<Status> for CliError {
    fn from(status: Status) -> Self {
        let kind = match status.code() {
            Code::NotFound => Kind::NotFound,
            Code::Unavailable | Code::Aborted | Code::Cancelled | Code::DeadlineExceeded => Kind::Unavailable,
            Code::InvalidArgument
            | Code::AlreadyExists
            | Code::FailedPrecondition
            | Code::PermissionDenied
            | Code::Unauthenticated
            | Code::ResourceExhausted => Kind::Refused,
            _ => Kind::Failed,
        };
        let text =
            |key: &str| status.metadata().get(key).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let mut message = status.message().to_owned();
        if let Some(code) = text("hearth-error-code") {
            message.push_str(&format!(" ({code})"));
        }
        // A connection that breaks says "operation was canceled"; why (a revoked certificate) is at the end of the chain.
        let mut cause = std::error::Error::source(&status);
        while let Some(inner) = cause {
            if inner.source().is_none() {
                message.push_str(&format!(": {inner}"));
            }
            cause = inner.source();
        }
        Self { kind, message, hint: text("hearth-error-hint") }
    }
}

impl From<std::io::Error> for CliError {
    fn from(error: std::io::Error) -> Self {
        Self::new(Kind::Failed, error.to_string())
    }
}
