//! Answers encoded ahead: the XML of one record, made once per version of it and put into every list that shows it.
//!
//! A list of a thousand instances costs a thousand copies of some kilobytes this way instead of a hundred thousand
//! serde calls. A [`Fragment`] can only be made from a value of its shape by [`Fragment::new`], and is refused
//! in the place of another shape, so nothing unescaped or misplaced gets into an answer through it.

use super::emit::{Emit, EncodeError};
use super::xml::XmlSink;
use crate::model::{Service, Shape};
use serde::{Serialize, Serializer};
use std::sync::Arc;

/// The newtype name under which a fragment passes through serde.
pub(crate) const MARK: &str = "$hearth::wire::Fragment";

/// Parts the shape's name from the content. No name contains it.
const END_OF_NAME: u8 = 0;

/// The encoded content of one structure, cheap to clone.
#[derive(Clone, Debug)]
pub struct Fragment(Arc<[u8]>);

impl Fragment {
    /// Encodes `value` as the structure called `shape` in the model of `service`.
    pub fn new<T: Serialize>(service: &'static Service, shape: &str, value: &T) -> Result<Self, EncodeError> {
        let id = service.shape_named(shape).ok_or_else(|| EncodeError(format!("no shape {shape}")))?;
        let mut sink = XmlSink::default();
        sink.out.extend_from_slice(shape.as_bytes());
        sink.out.push(END_OF_NAME);
        value.serialize(Emit::root(service, service.shape(id), &mut sink))?;
        Ok(Self(sink.out.into()))
    }

    /// Size of the content in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is nothing in it; a structure without members has an empty content.
    pub fn is_empty(&self) -> bool {
        self.0.last() == Some(&END_OF_NAME)
    }
}

impl Serialize for Fragment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(MARK, &Bytes(&self.0))
    }
}

struct Bytes<'a>(&'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

/// The content of a fragment, if it is of this shape.
pub(crate) fn content_for<'a>(shape: &Shape, bytes: &'a [u8]) -> Option<&'a [u8]> {
    let rest = bytes.strip_prefix(shape.name.as_bytes())?;
    rest.strip_prefix(&[END_OF_NAME])
}
