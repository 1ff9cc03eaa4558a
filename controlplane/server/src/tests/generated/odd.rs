//! Requests that no client writes, since it knows the types: numbers that are none, lists without numbers, structures that
//! are texts, members twice and members nobody has heard of.

use super::least::{least, written};
use super::table::Case;
use bytes::Bytes;
use controlplane_wire::model::{Kind, Location, Member, Operation, Protocol, Service};
use serde_json::Value;

/// What stands for a member's name.
const NAME: &str = "@";

const FORM_SCALARS: [&str; 9] =
    ["@=text", "@=1.5", "@=", "@=99999999999999999999", "@=%2B1", "@=0x1", "@=TRUE", "@=a&@=b", "@.1=text"];
const FORM_LISTS: [&str; 9] = [
    "@=text",
    "@=",
    "@.0=a",
    "@.01=a",
    "@.x=a",
    "@.4294967296=a",
    "@.1=a&@.1=b",
    "@.9=a",
    "@.member.1.member.1=a",
];
const FORM_STRUCTURES: [&str; 4] = ["@=text", "@=", "@.Nonsense=a", "@.=a"];
const FORM_ANY: [&str; 5] = ["Nonsense=1", "%=1", "@%00=1", "@.1.2.3.4.5.6.7.8=1", "=1"];

const XML_ANY: [&str; 9] = [
    "<@>text</@>",
    "<@/>",
    "<@> </@>",
    "<@><Nonsense>1</Nonsense></@>",
    "<@>1</@><@>1</@>",
    "<@>99999999999999999999</@>",
    "<@><@><@>1</@></@></@>",
    "<@ xmlns='urn:other' a='b'>1</@>",
    "<@>&undefined;</@>",
];

const JSON_ANY: [&str; 9] = [
    "\"@\":\"text\"",
    "\"@\":1.5",
    "\"@\":99999999999999999999",
    "\"@\":null",
    "\"@\":{\"Nonsense\":1}",
    "\"@\":[[[]]]",
    "\"@\":1,\"@\":1",
    "\"@\":\"\\ud800\"",
    "\"Nonsense\":1",
];

/// The odd requests of an action.
pub(super) fn cases(service: &'static Service, operation: &'static Operation) -> Vec<Case> {
    let Some(structure) = service.shape(operation.input).structure() else { return Vec::new() };
    let members = structure.members().iter();
    members.flat_map(|member| of_member(service, operation, member)).collect()
}

fn of_member(service: &'static Service, operation: &'static Operation, member: &'static Member) -> Vec<Case> {
    let (name, patterns) = match member.location {
        Location::Body => match service.protocol() {
            Protocol::RestXml => (&member.element, XML_ANY.to_vec()),
            protocol if protocol.is_modern() => (&member.element, JSON_ANY.to_vec()),
            _ => (&member.query, form_patterns(&service.shape(member.shape).kind)),
        },
        Location::Query => (&member.element, FORM_SCALARS.to_vec()),
        Location::Label | Location::Header | Location::Prefix | Location::Status => return Vec::new(),
    };
    let spelt = patterns.into_iter().map(|pattern| pattern.replace(NAME, name));
    spelt.filter_map(|text| with(service, operation, member, &text)).collect()
}

fn form_patterns(kind: &Kind) -> Vec<&'static str> {
    let own: &[&str] = match kind {
        Kind::Structure(_) => &FORM_STRUCTURES,
        Kind::List(_) => &FORM_LISTS,
        _ => &FORM_SCALARS,
    };
    own.iter().chain(&FORM_ANY).copied().collect()
}

/// The least request with `text` in place of a member.
fn with(
    service: &'static Service,
    operation: &'static Operation,
    member: &'static Member,
    text: &str,
) -> Option<Case> {
    let mut input = least(service, operation.input);
    if let Value::Object(members) = &mut input {
        members.remove(&*member.name);
    }
    let (mut parts, body) = written(service, operation, &input)?;
    let body = String::from_utf8(body.to_vec()).ok()?;
    let body = match (member.location, &operation.input_name) {
        (Location::Query, _) => {
            let and = if parts.uri.query().is_some() { '&' } else { '?' };
            parts.uri = format!("{}{and}{text}", parts.uri).parse().ok()?;
            body
        }
        _ if service.protocol().is_modern() => match &*body {
            "{}" => format!("{{{text}}}"),
            _ => body.replacen('{', &format!("{{{text},"), 1),
        },
        (_, Some(root)) => body.replace(&format!("</{root}>"), &format!("{text}</{root}>")),
        (_, None) => format!("{body}&{text}"),
    };
    Some(Case { what: text.to_owned(), parts, body: Bytes::from(body) })
}
