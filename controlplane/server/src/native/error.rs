//! Errors of the native door: a gRPC status, and beside it the AWS code and a hint as metadata.

use crate::admission::{RETRY_AFTER, Refused};
use crate::cluster::relay::not_done;
use crate::reads::ReadsError;
use crate::watch::WatchError;
use crate::writer::WriteError;
use controlplane_raft::ReadError;
use controlplane_services_kernel::ServiceError;
use tonic::metadata::MetadataValue;
use tonic::{Code, Status};

/// Metadata key of the AWS error code.
pub(super) const CODE_KEY: &str = "hearth-error-code";
/// Metadata key of the hint, percent-free ASCII.
pub(super) const HINT_KEY: &str = "hearth-error-hint";

/// Metadata key of the time after which to try again, as gRPC's retries have it (gRFC A6).
const PUSHBACK_KEY: &str = "grpc-retry-pushback-ms";

/// What an operation refused.
pub(super) fn refused(error: &ServiceError) -> Status {
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
pub(super) fn write_failed(error: WriteError) -> Status {
    match error {
        WriteError::Service(error) => refused(&error),
        WriteError::NotLeader { .. } | WriteError::Stopped => not_done(error.to_string()),
        WriteError::Unknown | WriteError::Moved => Status::aborted(error.to_string()),
        WriteError::Overloaded(refused) => throttled(refused),
        WriteError::Storage(_) => Status::resource_exhausted(error.to_string()),
    }
}

/// Why nothing can be read.
pub(super) fn read_failed(error: ReadsError) -> Status {
    match error {
        ReadsError::Refused(refused) => throttled(refused),
        ReadsError::Unconfirmed(ReadError::Full) => throttled(Refused::Full),
        ReadsError::NotASession => Status::invalid_argument(format!("session: {error}")),
        ReadsError::Future(_) => coded(Status::out_of_range(error.to_string()), "OutOfRange"),
        ReadsError::Behind(_) => Status::unavailable(error.to_string()),
        ReadsError::Unconfirmed(error) => not_done(format!("no consistent read is possible now: {error}")),
    }
}

/// Too much is waiting: come again later.
pub(super) fn throttled(refused: Refused) -> Status {
    if refused == Refused::Stopped {
        return Status::unavailable(refused.to_string());
    }
    let mut status = coded(Status::resource_exhausted(refused.to_string()), "RequestLimitExceeded");
    status.metadata_mut().insert(PUSHBACK_KEY, MetadataValue::from(RETRY_AFTER.as_millis() as u64));
    status
}

/// Why a watch does not go on where the client was.
pub(super) fn watch_refused(error: WatchError) -> Status {
    let code = match error {
        WatchError::Compacted { .. } => "Compacted",
        WatchError::OutOfRange { .. } => "OutOfRange",
    };
    coded(Status::out_of_range(error.to_string()), code)
}

fn coded(mut status: Status, code: &'static str) -> Status {
    status.metadata_mut().insert(CODE_KEY, MetadataValue::from_static(code));
    status
}

/// No such record.
pub(super) fn not_found(kind: &str, name: &str) -> Status {
    refused(&ServiceError::new(
        "NotFound",
        404,
        format!("there is no {kind} named {name:?}, nor one with that id"),
    ))
}
