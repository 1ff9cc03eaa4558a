//! A request with every member there is, for tests that hold Input types against the model.
//!
//! A misspelt field of an Input would never be filled, and nobody would notice: [`crate::decode`] reports it, but only
//! in structures that the request at hand has. This request has all of them, so decoding it ends with
//! [`crate::WireError::Internal`] exactly if some field, at any depth, is not AWS's.

use super::request;
use crate::encode::EncodeError;
use crate::model::{Kind, Operation, Service, ShapeId};
use bytes::Bytes;
use http::Request;
use serde::{Serialize, Serializer};

/// Every member with one value, right by type only.
pub fn complete_request(
    service: &'static Service,
    operation: &'static Operation,
) -> Result<Request<Bytes>, EncodeError> {
    request(service, operation, &Everything { service, shape: operation.input })
}

struct Everything {
    service: &'static Service,
    shape: ShapeId,
}

impl Everything {
    fn inner(&self, shape: ShapeId) -> Self {
        Self { service: self.service, shape }
    }
}

impl Serialize for Everything {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.service.shape(self.shape).kind {
            Kind::Structure(structure) => {
                let members = structure.members().iter();
                serializer.collect_map(members.map(|member| (&*member.name, self.inner(member.shape))))
            }
            Kind::List(list) => serializer.collect_seq([self.inner(list.member)]),
            Kind::Text(rule) => {
                serializer.serialize_str(rule.values().first().map_or("10.0.0.0", |value| value))
            }
            Kind::Blob(_) => serializer.serialize_bytes(b"bytes"),
            Kind::Boolean => serializer.serialize_bool(true),
            Kind::Integer(_) | Kind::Long(_) => serializer.serialize_u8(1),
            Kind::Double(_) => serializer.serialize_f64(1.0),
            Kind::Timestamp(_) => serializer.serialize_u64(0),
        }
    }
}
