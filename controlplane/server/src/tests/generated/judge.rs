//! Whether AWS could have answered so.

use super::codes;
use bytes::Bytes;
use controlplane_wire::client::{self, RemoteError};
use controlplane_wire::model::{Operation, Service};
use http::Response;
use serde::de::IgnoredAny;

/// How an answer ended, or why it is none.
pub(super) fn judge(
    service: &'static Service,
    operation: &'static Operation,
    response: &Response<Bytes>,
) -> Result<String, String> {
    let (parts, body) = response.clone().into_parts();
    match client::response::<IgnoredAny>(service, operation, &parts, &body) {
        Ok(_) if parts.status.is_success() => Ok("OK".to_owned()),
        Err(RemoteError::Refused(reply))
            if codes::is_known(service, operation, &reply.code, reply.status) =>
        {
            match reply.message.is_empty() {
                false => Ok(reply.code),
                true => Err(format!("{}: without a word", reply.code)),
            }
        }
        Err(RemoteError::Refused(reply)) => {
            Err(format!("{} {}: {}", reply.status, reply.code, reply.message))
        }
        Err(error) => Err(format!("{}: {error}: {}", parts.status, String::from_utf8_lossy(&body))),
        Ok(_) => Err(format!("{}: {}", parts.status, String::from_utf8_lossy(&body))),
    }
}
