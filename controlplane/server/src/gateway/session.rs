//! Headers of our own at the AWS door: how consistent a read has to be, and what a client has seen.
//!
//! | header | in a request | in an answer |
//! |---|---|---|
//! | `x-hearth-consistency` | `linearizable` (default) or `stale` | |
//! | `x-hearth-session` | what the client has seen | what it has seen now; give it back at whichever server |
//! | `x-hearth-max-age-ms` | | how old a stale view may be |

use crate::admission::{Pass, RETRY_AFTER, Refused};
use crate::gateway::{Refusal, unavailable};
use crate::reads::{Ask, ReadsError, Session};
use bytes::Bytes;
use controlplane_raft::ReadError;
use controlplane_services_kernel::operation::Answer;
use controlplane_wire::ErrorReply;
use controlplane_wire::model::Service;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Response};
use std::time::Duration;

const CONSISTENCY: HeaderName = HeaderName::from_static("x-hearth-consistency");
const SESSION: HeaderName = HeaderName::from_static("x-hearth-session");
const MAX_AGE: HeaderName = HeaderName::from_static("x-hearth-max-age-ms");

/// An operation's outcome on its way out.
pub(super) struct Answered {
    pub(super) answer: Answer,
    pub(super) session: Session,
    /// How old the view of a stale read may be.
    pub(super) age: Option<Duration>,
    /// Held until the answer is written: that is part of what a read costs.
    pub(super) _pass: Option<Pass>,
}

/// What the request's headers ask of a read.
pub(super) fn ask(parts: &Parts) -> Result<Ask, Refusal> {
    let stale = match header(parts, &CONSISTENCY)? {
        None | Some("linearizable") => false,
        Some("stale") => true,
        Some(other) => {
            let message = format!("Value '{other}' at '{CONSISTENCY}' must be one of: linearizable, stale");
            return Err(invalid(message));
        }
    };
    let session = header(parts, &SESSION)?.map(str::parse::<Session>).transpose().map_err(refused)?;
    Ok(Ask { stale, session })
}

fn header<'p>(parts: &'p Parts, name: &HeaderName) -> Result<Option<&'p str>, Refusal> {
    let value = parts.headers.get(name).map(HeaderValue::to_str).transpose();
    value.map_err(|_| invalid(format!("the header {name} is not text")))
}

/// Says what whoever gets the answer has seen.
pub(super) fn stamp(response: &mut Response<Bytes>, session: Session, age: Option<Duration>) {
    let headers = response.headers_mut();
    // Digits and a dot are a header's value.
    if let Ok(value) = HeaderValue::try_from(session.to_string()) {
        headers.insert(SESSION, value);
    }
    if let Some(age) = age {
        headers.insert(MAX_AGE, HeaderValue::from(age.as_millis() as u64));
    }
}

/// Why nothing was read.
pub(super) fn refused(error: ReadsError) -> Refusal {
    match error {
        ReadsError::Refused(Refused::Full | Refused::Expired) | ReadsError::Unconfirmed(ReadError::Full) => {
            Refusal::Throttled
        }
        ReadsError::NotASession | ReadsError::Future(_) => invalid(format!("{SESSION}: {error}")),
        _ => unavailable(&error.to_string()),
    }
}

/// What a client is told that asks too much at once.
pub(super) fn throttled(service: Option<&Service>) -> ErrorReply {
    ErrorReply::throttled(service, RETRY_AFTER.as_secs())
}

fn invalid(message: String) -> Refusal {
    ErrorReply::new("InvalidParameterValue", 400, message).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use controlplane_types::Timestamp;
    use http::Request;

    fn asked(headers: &[(&str, &str)]) -> Result<Ask, String> {
        let mut request = Request::builder();
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        ask(&parts).map_err(|refusal| match refusal {
            Refusal::Reply(reply) => reply.message,
            _ => "another refusal".to_owned(),
        })
    }

    #[test]
    fn headers_say_what_a_read_has_to_be() {
        let plain = asked(&[]).unwrap();
        assert!(!plain.stale && plain.session.is_none());
        let stale = asked(&[("x-hearth-consistency", "stale"), ("x-hearth-session", "7.9")]).unwrap();
        assert!(stale.stale);
        assert_eq!(stale.session, Some(Session { revision: 7, now: Timestamp::from_millis(9) }));
        assert!(!asked(&[("x-hearth-consistency", "linearizable")]).unwrap().stale);
    }

    #[test]
    fn bad_headers_are_named() {
        let message = asked(&[("x-hearth-consistency", "eventual")]).unwrap_err();
        assert!(message.contains("x-hearth-consistency") && message.contains("eventual"), "{message}");
        let message = asked(&[("x-hearth-session", "soon")]).unwrap_err();
        assert!(message.contains("x-hearth-session") && message.contains("REVISION"), "{message}");
    }
}
