//! Answers encoded ahead: the XML of one record, made once and put into every list that shows it.
//!
//! Whoever keeps a fragment has to know that it is still right; the kernel's views do (`View::kept`). A list of a thousand instances costs a thousand copies of some kilobytes this way instead of a hundred thousand
//! serde calls. A [`Fragment`] can only be made from a value of its shape by [`Fragment::new`], and is refused
//! in the place of another shape, so nothing unescaped or misplaced gets into an answer through it.

use super::emit::{Emit, EncodeError};
use super::xml::XmlSink;
use crate::model::{Service, Shape};
use serde::{Serialize, Serializer};
use std::ops::Deref;

/// The newtype name under which a fragment passes through serde.
pub(crate) const MARK: &str = "$hearth::wire::Fragment";

/// Parts the shape's name from the content. No name contains it.
const END_OF_NAME: u8 = 0;

/// A value together with its content as XML. To readers it is the value, and so it is to every serialiser but this crate's
/// own.
#[derive(Debug)]
pub struct Fragment<T> {
    value: T,
    content: Box<[u8]>,
}

impl<T: Serialize> Fragment<T> {
    /// Encodes `value` as the structure called `shape` in the model of `service`.
    pub fn new(service: &'static Service, shape: &str, value: T) -> Result<Self, EncodeError> {
        let id = service.shape_named(shape).ok_or_else(|| EncodeError(format!("no shape {shape}")))?;
        let mut sink = XmlSink::default();
        sink.out.extend_from_slice(shape.as_bytes());
        sink.out.push(END_OF_NAME);
        value.serialize(Emit::root(service, service.shape(id), &mut sink))?;
        Ok(Self { value, content: sink.out.into() })
    }
}

impl<T> Fragment<T> {
    /// Size of the content in bytes.
    pub fn size(&self) -> usize {
        self.content.len()
    }
}

impl<T> Deref for Fragment<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: Serialize> Serialize for Fragment<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(MARK, &Content(self))
    }
}

struct Content<'f, T>(&'f Fragment<T>);

impl<T: Serialize> Serialize for Content<'_, T> {
    /// Only our own serialiser, once it has seen the mark, says that it is not for people.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match serializer.is_human_readable() {
            true => self.0.value.serialize(serializer),
            false => serializer.serialize_bytes(&self.0.content),
        }
    }
}

/// The content of a fragment, if it is of this shape.
pub(crate) fn content_for<'a>(shape: &Shape, bytes: &'a [u8]) -> Option<&'a [u8]> {
    let rest = bytes.strip_prefix(shape.name.as_bytes())?;
    rest.strip_prefix(&[END_OF_NAME])
}
