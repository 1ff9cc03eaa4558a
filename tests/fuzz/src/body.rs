//! Bodies, and targets where a protocol has members in them, of every action of every service in a protocol.

use crate::head::header;
use bytes::Bytes;
use controlplane_wire::model::{Lookup, Protocol, spoken};
use controlplane_wire::{Call, client, decode};
use http::request::Parts;
use http::{HeaderMap, Uri};
use serde_json::Value;

/// Parts target and headers from the body in what a REST target reads. No header and no target can hold it.
pub(crate) const BREAK: u8 = 0;

/// The actions of the services in a protocol, always in the same order.
pub(crate) fn calls(protocol: Protocol) -> impl Iterator<Item = Call> {
    let services = spoken().filter(move |service| service.protocol() == protocol);
    services.flat_map(|service| service.operations().iter().map(move |operation| Call { service, operation }))
}

/// Reads `data` as a request of the action that its first two bytes say, and as an answer to it.
pub fn body(protocol: Protocol, data: &[u8]) {
    let Some((&[high, low], rest)) = data.split_first_chunk() else { return };
    let all: Vec<Call> = calls(protocol).collect();
    let call = all[usize::from(u16::from_be_bytes([high, low])) % all.len()];
    answer(call, rest);
    let Ok(request) = client::complete_request(call.service, call.operation) else { return };
    let (mut parts, _) = request.into_parts();
    let rest = match (protocol.is_rest(), rest.iter().position(|&byte| byte == BREAK)) {
        (true, Some(end)) if !aim(&mut parts, &rest[..end]) => return,
        (true, Some(end)) => &rest[end + 1..],
        _ => rest,
    };
    let prefix = match protocol {
        Protocol::Ec2Query | Protocol::Query => {
            format!("Action={}&Version={}&", call.operation.name, call.service.api_version())
        }
        _ => String::new(),
    };
    ask(call, &parts, &[prefix.as_bytes(), rest].concat());
}

/// Sets path, query and headers: a target, then lines of headers.
fn aim(parts: &mut Parts, head: &[u8]) -> bool {
    let mut lines = head.split(|&byte| byte == b'\n');
    let target = lines.next().and_then(|line| Uri::try_from(line).ok());
    let Some(target) = target.filter(|target| target.path().starts_with('/')) else { return false };
    parts.uri = target;
    parts.headers = HeaderMap::new();
    // A line that is no header is left out: there is enough else to find in the target.
    for line in lines {
        let _ = header(&mut parts.headers, line);
    }
    true
}

/// Whether a target is of this action: another path is another action, or none.
fn leads_to(parts: &Parts, call: Call) -> bool {
    let query = parts.uri.query().unwrap_or_default();
    match call.service.route(&parts.method, parts.uri.path(), query) {
        Some((Lookup::Modelled(found), _)) => found.name == call.operation.name,
        _ => false,
    }
}

fn answer(call: Call, body: &[u8]) {
    for status in [200, 400] {
        let (mut parts, ()) = http::Response::new(()).into_parts();
        parts.status = http::StatusCode::from_u16(status).expect("a status");
        drop(client::response::<Value>(call.service, call.operation, &parts, body));
    }
}

/// What is refused is the sender's fault; what is taken is written and taken again.
fn ask(call: Call, parts: &Parts, body: &[u8]) {
    if call.service.protocol().is_rest() && !leads_to(parts, call) {
        return;
    }
    let value: Value = match decode(&call, parts, body) {
        Ok(value) => value,
        Err(error) => {
            let reply = error.reply(Some(call.service));
            assert!(reply.status < 500, "{}: {error}", call.operation.name);
            return;
        }
    };
    let Some(once) = written_and_read(call, &value) else { return };
    let twice = written_and_read(call, &once).expect("it was read before");
    assert_eq!(shown(&once), shown(&twice), "{}", call.operation.name);
}

/// `None` where the protocol cannot write what it can read: a form has no empty structures, and no label is empty.
fn written_and_read(call: Call, value: &Value) -> Option<Value> {
    let (parts, body): (Parts, Bytes) =
        client::request(call.service, call.operation, value).ok()?.into_parts();
    let read = decode(&call, &parts, &body);
    match call.service.protocol() {
        Protocol::Json10 | Protocol::Json11 | Protocol::Cbor | Protocol::RestJson => {
            Some(read.unwrap_or_else(|error| panic!("{}: {value}: {error}", call.operation.name)))
        }
        _ => read.ok(),
    }
}

/// The last bit of a fraction may get lost on its way through text.
fn shown(value: &Value) -> String {
    match value {
        Value::Number(number) if number.is_f64() => format!("{:.9e}", number.as_f64().unwrap_or_default()),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(","),
        Value::Object(members) => {
            members.iter().map(|(name, value)| format!("{name}:{};", shown(value))).collect()
        }
        other => other.to_string(),
    }
}
