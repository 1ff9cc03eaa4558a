//! The wire from both ends: what a real SDK sends and reads, what we send ourselves, and what an attacker sends.

mod damage;
mod documents;
mod forms;
mod golden;
mod model;
mod modern;
mod rest_json;
mod roundtrip;
mod value;

use crate::call::Call;
use crate::model::by_name;
use bytes::Bytes;
use http::request::Parts;

/// An operation by name.
pub(crate) fn call(service: &str, operation: &str) -> Call {
    let service = by_name(service).unwrap();
    Call { service, operation: service.operation(operation).unwrap() }
}

/// A form request to EC2, as far as the codec looks at it.
pub(crate) fn form(body: &str) -> (Parts, Bytes) {
    http::Request::post("/").body(Bytes::copy_from_slice(body.as_bytes())).unwrap().into_parts()
}
