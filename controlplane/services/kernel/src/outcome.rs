//! Remembered outcomes: a retry gets the first answer and creates nothing twice, also after a failover.
//!
//! Two names lead to an outcome: the request's `ClientToken` (24 hours, part of AWS's API; other parameters under the
//! same token are refused) and the SDK's invocation id (10 minutes, the same over the SDK's own retries). Only
//! successes are kept: an operation that failed changed nothing, so running it again is safe. Answers that hold a
//! secret are never kept ([`crate::Operation::REMEMBER`]).

use crate::operation::{Answer, BoundOperation};
use crate::record::time_index;
use crate::{Context, Record, ServiceError};
use controlplane_types::Timestamp;
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use std::time::Duration;

/// Index: when it may be forgotten, in a form that sorts by time ([`crate::record::time_index`]).
pub const EXPIRES: &str = "expires";

const CLIENT_TOKEN_KEPT: Duration = Duration::from_secs(24 * 3600);
const INVOCATION_KEPT: Duration = Duration::from_secs(600);

/// The answer to a request that may be sent again. Id: `token/<action>/<token>` or `invocation/<action>/<id>`.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Outcome {
    /// SHA-256 of the request.
    #[n(0)]
    pub request_hash: ByteVec,
    /// The answer as JSON with the model's member names.
    #[n(1)]
    pub answer: String,
    /// When it may be forgotten.
    #[n(2)]
    pub expires_at: Timestamp,
}

impl Record for Outcome {
    const KIND: &'static str = "outcome";

    fn index(&self, add: &mut dyn FnMut(&'static str, &str)) {
        add(EXPIRES, &time_index(self.expires_at));
    }
}

/// Runs an operation, or answers from memory when this request was answered before.
pub fn run_once(
    operation: &dyn BoundOperation,
    invocation_id: Option<&str>,
    cx: &mut Context,
) -> Result<Answer, ServiceError> {
    if !operation.remember() {
        return operation.run(cx);
    }
    let token = operation
        .client_token()
        .map(|token| (format!("token/{}/{token}", operation.name()), CLIENT_TOKEN_KEPT));
    let invocation =
        invocation_id.map(|id| (format!("invocation/{}/{id}", operation.name()), INVOCATION_KEPT));
    let names: Vec<(String, Duration)> = token.into_iter().chain(invocation).collect();
    for (name, _) in &names {
        if let Some(answer) = recall(name, operation, cx)? {
            return Ok(answer);
        }
    }
    let answer = operation.run(cx)?;
    for (name, kept) in names {
        remember(&name, kept, operation, &answer, cx)?;
    }
    Ok(answer)
}

fn recall(name: &str, operation: &dyn BoundOperation, cx: &Context) -> Result<Option<Answer>, ServiceError> {
    let Some(outcome) = cx.get::<Outcome>(name).filter(|outcome| outcome.expires_at > cx.now) else {
        return Ok(None);
    };
    if outcome.request_hash.as_slice() != operation.request_hash() {
        return Err(ServiceError::new(
            "IdempotentParameterMismatch",
            400,
            "The client token was used before with different parameters.",
        ));
    }
    let answer: serde_json::Value = serde_json::from_str(&outcome.answer)
        .map_err(|error| ServiceError::internal(format!("a remembered answer cannot be read: {error}")))?;
    Ok(Some(Box::new(answer)))
}

fn remember(
    name: &str,
    kept: Duration,
    operation: &dyn BoundOperation,
    answer: &Answer,
    cx: &mut Context,
) -> Result<(), ServiceError> {
    let answer = serde_json::to_string(answer)
        .map_err(|error| ServiceError::internal(format!("an answer cannot be remembered: {error}")))?;
    let outcome =
        Outcome { request_hash: operation.request_hash().to_vec().into(), answer, expires_at: cx.now + kept };
    cx.put(name, outcome);
    Ok(())
}
