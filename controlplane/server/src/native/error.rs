//! Errors of the native door: a gRPC status, and beside it the AWS code and a hint as metadata.

use crate::writer::WriteError;
use controlplane_raft::ReadError;
use controlplane_services_kernel::ServiceError;
use tonic::metadata::MetadataValue;
use tonic::{Code, Status};

/// Metadata key of the AWS error code.
pub(super) const CODE_KEY: &str = "hearth-error-code";
/// Metadata key of the hint, percent-free ASCII.
pub(super) const HINT_KEY: &str = "hearth-error-hint";

/// What an operation refused.
pub(crate) fn refused(error: &ServiceError) -> Status {
    let code = match error.status {
        401 | 403 => Code::PermissionDenied,
        404 => Code::NotFound,
        409 => Code::AlreadyExists,
        status if status >= 500 => Code::Internal,
        _ if error.code.contains("NotFound") => Code::NotFound,
        _ => Code::InvalidArgument,
    };
    let mut status = Status::new(code, error.message.clone());
    for (key, text) in [(CODE_KEY, Some(error.code.as_ref())), (HINT_KEY, error.hint.as_deref())] {
        if let Some(value) = text.and_then(|text| MetadataValue::try_from(text).ok()) {
            status.metadata_mut().insert(key, value);
        }
    }
    status
}

/// Why nothing was written.
pub(crate) fn write_failed(error: WriteError) -> Status {
    match error {
        WriteError::Service(error) => refused(&error),
        WriteError::NotLeader { .. } | WriteError::Stopped => Status::unavailable(error.to_string()),
        WriteError::Unknown | WriteError::Moved => Status::aborted(error.to_string()),
        WriteError::Overloaded | WriteError::Storage(_) => Status::resource_exhausted(error.to_string()),
    }
}

/// Why nothing can be read.
pub(super) fn read_failed(error: ReadError) -> Status {
    Status::unavailable(format!("no consistent read is possible now: {error}"))
}

/// No such record.
pub(super) fn not_found(kind: &str, name: &str) -> Status {
    refused(&ServiceError::new(
        "NotFound",
        404,
        format!("there is no {kind} named {name:?}, nor one with that id"),
    ))
}
