//! Request lines and headers: whom a request is for, who signed it, and what it asks.

use bytes::Bytes;
use controlplane_types::Timestamp;
use controlplane_wire::sigv4::{self, Credentials, Expected, SignatureError};
use controlplane_wire::{decode, identify, plain_body};
use http::header::{AUTHORIZATION, HeaderName};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Uri};
use serde_json::Value;

/// A key that the golden requests are signed with.
const KEY: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// Reads `data` as a request: `METHOD TARGET`, lines of headers, an empty line, the body.
pub fn head(data: &[u8]) {
    let Some((parts, body)) = request(data) else { return };
    gateway(&parts, &body);
    let mut signed = parts;
    signed.headers.remove(AUTHORIZATION);
    let region = "us-east-1";
    let key = Credentials {
        access_key_id: KEY.to_owned(),
        secret_access_key: SECRET.to_owned(),
        session_token: None,
    };
    if sigv4::sign(&mut signed, &body, &key, region, "ec2", now()).is_err() {
        return;
    }
    match verify(&signed, &body) {
        // Whoever signs and whoever verifies read the same request.
        Err(SignatureError::Mismatch) => panic!("{signed:?}"),
        Err(_) => {}
        Ok(()) => {
            assert!(verify(&signed, &[&body[..], b"x"].concat()).is_err(), "any body passes");
            signed.method = if signed.method == Method::PUT { Method::POST } else { Method::PUT };
            assert!(verify(&signed, &body).is_err(), "any method passes");
        }
    }
}

/// What the gateway does with a request before an operation sees it.
fn gateway(parts: &Parts, body: &[u8]) {
    let known = controlplane_wire::service(parts, body).ok();
    let status = |reply: controlplane_wire::ErrorReply| assert!(reply.status < 500, "{reply:?}");
    if let Err(error) = verify(parts, body) {
        status(error.reply(known));
    }
    let Some(service) = known else { return };
    let plain = match plain_body(service, parts, body) {
        Ok(plain) => plain,
        Err(error) => return status(error.reply(known)),
    };
    match identify(parts, &plain) {
        Ok(call) => {
            if let Err(error) = decode::<Value>(&call, parts, &plain) {
                status(error.reply(known));
            }
        }
        Err(error) => status(error.reply(known)),
    }
}

/// The moment at which the golden requests were signed.
fn now() -> Timestamp {
    Timestamp::parse_iso8601("2026-01-02T03:04:05Z").expect("a moment")
}

fn verify(parts: &Parts, body: &[u8]) -> Result<(), SignatureError> {
    let secret = |key: &str| (key == KEY).then(|| SECRET.to_owned());
    let serves = |region: &str| region == "us-east-1";
    sigv4::verify(parts, body, &Expected { now: now(), serves: &serves, secret: &secret }).map(drop)
}

fn request(data: &[u8]) -> Option<(Parts, Bytes)> {
    let end = data.windows(2).position(|pair| pair == b"\n\n");
    let (head, body) = end.map_or((data, &[][..]), |end| (&data[..end], &data[end + 2..]));
    let mut lines = head.split(|&byte| byte == b'\n');
    let first = lines.next()?;
    let space = first.iter().position(|&byte| byte == b' ')?;
    let (mut parts, ()) = http::Request::new(()).into_parts();
    parts.method = Method::from_bytes(&first[..space]).ok()?;
    parts.uri = Uri::try_from(&first[space + 1..]).ok()?;
    for line in lines {
        header(&mut parts.headers, line)?;
    }
    Some((parts, Bytes::copy_from_slice(body)))
}

/// Adds the header of a line, if it is one.
pub(crate) fn header(headers: &mut HeaderMap, line: &[u8]) -> Option<()> {
    let colon = line.iter().position(|&byte| byte == b':')?;
    let name = HeaderName::from_bytes(&line[..colon]).ok()?;
    let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?;
    headers.try_append(name, value).ok().map(drop)
}
