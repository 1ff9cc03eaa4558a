//! Serde events to wire text, guided by the model: the one place that knows what a Rust value of each shape looks
//! like. Where the text goes, and what surrounds it, is the [`Sink`]'s affair.
//!
//! Values go straight from the Rust type to the output; there is no tree in between, because lists of a thousand
//! instances are the common expensive answer.

use super::beside::Beside;
use super::fragment;
use super::parts::{Items, Members};
use crate::decode::scalar;
use crate::model::{Kind, List, Member, Service, Shape, TimestampFormat};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use controlplane_types::Timestamp;
use serde::ser::{self, Impossible, Serialize, Serializer};
use std::fmt::{self, Display, Write as _};

/// A value that does not fit the model; a defect of ours, never of a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EncodeError(pub(crate) String);

impl ser::Error for EncodeError {
    fn custom<T: Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// The name of a value: a tag, and a number where the wire counts items.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) tag: &'static str,
    pub(crate) number: Option<u32>,
}

impl Place {
    pub(crate) fn named(tag: &'static str) -> Self {
        Self { tag, number: None }
    }
}

/// What a scalar's text stands for. The older protocols only have texts; the newer ones write some of them otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// Whatever somebody wrote: the only one that may need escaping.
    Text,
    /// Bytes in base64.
    Base64,
    /// A number's digits.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A moment.
    Time(TimestampFormat),
}

/// Where encoded values go.
pub(crate) trait Sink {
    /// How a moment is written for which the model states `given`.
    fn timestamp_format(given: Option<TimestampFormat>) -> TimestampFormat {
        given.unwrap_or(TimestampFormat::Iso8601)
    }
    /// The wire name of a member.
    fn member_tag(member: &'static Member) -> &'static str;
    /// The wire name of an item in a list that itself is called `own`.
    fn item_place(list: &'static List, own: Place, number: u32) -> Place;
    /// A scalar.
    fn scalar(&mut self, at: Place, text: &str, written: Written);
    /// A structure or list begins; `list` tells which.
    fn open(&mut self, at: Place, list: Option<&'static List>);
    /// It ends.
    fn close(&mut self, at: Place, list: Option<&'static List>);
    /// A structure or list with nothing in it.
    fn empty(&mut self, at: Place, list: Option<&'static List>);
    /// How many bytes there are so far; a sink of short answers need not count.
    fn length(&self) -> usize {
        0
    }
    /// About so many bytes more are coming.
    fn expect(&mut self, _bytes: usize) {}
    /// The already encoded content of a structure, in XML.
    fn raw(&mut self, at: Place, _content: &[u8]) -> Result<(), EncodeError> {
        Err(EncodeError(format!("a fragment of XML in {}, which is none", at.tag)))
    }
    /// There is a document: its members follow.
    fn begin(&mut self) {}
    /// What travels outside the document, if this sink takes such.
    fn beside(&mut self) -> Option<&mut Beside> {
        None
    }
}

/// Encodes one value.
pub(crate) struct Emit<'s, S> {
    pub(crate) service: &'static Service,
    pub(crate) sink: &'s mut S,
    pub(crate) shape: &'static Shape,
    pub(crate) at: Place,
    /// From the member, where it overrides the shape's own format.
    pub(crate) timestamp: Option<TimestampFormat>,
    /// The value is the whole input or output: its members stand without an element around them here.
    pub(crate) root: bool,
    /// The bytes that follow are encoded already.
    pub(crate) encoded: bool,
}

impl<'s, S: Sink> Emit<'s, S> {
    /// The whole input or output of an operation.
    pub(crate) fn root(service: &'static Service, shape: &'static Shape, sink: &'s mut S) -> Self {
        Self { root: true, ..Self::inner(service, shape, sink, Place::named("")) }
    }

    pub(super) fn inner(
        service: &'static Service,
        shape: &'static Shape,
        sink: &'s mut S,
        at: Place,
    ) -> Self {
        Self { service, sink, shape, at, timestamp: None, root: false, encoded: false }
    }

    pub(super) fn mismatch(&self, given: &str) -> EncodeError {
        EncodeError(format!("shape {} cannot hold {given}", self.shape.name))
    }

    fn structure(self) -> Result<Members<'s, S>, EncodeError> {
        let structure = self.shape.structure().ok_or_else(|| self.mismatch("named fields"))?;
        Ok(Members::new(self, structure))
    }

    /// Takes over what [`super::Fragment`] holds, if it is of this shape.
    fn fragment(self, bytes: &[u8]) -> Result<(), EncodeError> {
        match fragment::content_for(self.shape, bytes) {
            Some(content) if !self.root => self.sink.raw(self.at, content),
            _ => Err(self.mismatch("this fragment")),
        }
    }

    fn whole(self, number: i128) -> Result<(), EncodeError> {
        match &self.shape.kind {
            Kind::Integer(_) | Kind::Long(_) | Kind::Double(_) => {
                let mut text = Digits { bytes: [0; 40], length: 0 };
                // Most numbers are small, and 128-bit division is slow.
                let written = match i64::try_from(number) {
                    Ok(number) => write!(text, "{number}"),
                    Err(_) => write!(text, "{number}"),
                };
                written.map_err(|_| self.mismatch("a number of this size"))?;
                self.sink.scalar(self.at, text.as_str(), Written::Number);
                Ok(())
            }
            Kind::Timestamp(format) => {
                let millis = u64::try_from(number).map_err(|_| self.mismatch("a negative time"))?;
                let format = S::timestamp_format(self.timestamp.or(*format));
                let text = scalar::print_timestamp(Timestamp::from_millis(millis), format);
                self.sink.scalar(self.at, &text, Written::Time(format));
                Ok(())
            }
            _ => Err(self.mismatch("a number")),
        }
    }
}

/// Room for the digits of any whole number, so that writing one allocates nothing.
struct Digits {
    bytes: [u8; 40],
    length: usize,
}

impl Digits {
    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }
}

impl fmt::Write for Digits {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

macro_rules! whole_numbers {
    ($($method:ident $type:ty,)*) => {$(
        fn $method(self, number: $type) -> Result<(), EncodeError> {
            self.whole(i128::from(number))
        }
    )*};
}

impl<'s, S: Sink> Serializer for Emit<'s, S> {
    type Ok = ();
    type Error = EncodeError;
    type SerializeSeq = Items<'s, S>;
    type SerializeTuple = Items<'s, S>;
    type SerializeTupleStruct = Impossible<(), EncodeError>;
    type SerializeTupleVariant = Impossible<(), EncodeError>;
    type SerializeMap = Members<'s, S>;
    type SerializeStruct = Members<'s, S>;
    type SerializeStructVariant = Impossible<(), EncodeError>;

    fn is_human_readable(&self) -> bool {
        !self.encoded
    }

    whole_numbers! {
        serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64,
        serialize_u8 u8, serialize_u16 u16, serialize_u32 u32, serialize_u64 u64,
    }

    fn serialize_bool(self, value: bool) -> Result<(), EncodeError> {
        match self.shape.kind {
            Kind::Boolean => {
                self.sink.scalar(self.at, if value { "true" } else { "false" }, Written::Boolean);
                Ok(())
            }
            _ => Err(self.mismatch("a boolean")),
        }
    }

    fn serialize_f32(self, number: f32) -> Result<(), EncodeError> {
        self.serialize_f64(f64::from(number))
    }

    fn serialize_f64(self, number: f64) -> Result<(), EncodeError> {
        match self.shape.kind {
            Kind::Double(_) if number.is_finite() => {
                self.sink.scalar(self.at, &number.to_string(), Written::Number);
                Ok(())
            }
            _ => Err(self.mismatch("a fraction")),
        }
    }

    fn serialize_char(self, letter: char) -> Result<(), EncodeError> {
        self.serialize_str(letter.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, text: &str) -> Result<(), EncodeError> {
        match self.shape.kind {
            Kind::Text(_) => {
                self.sink.scalar(self.at, text, Written::Text);
                Ok(())
            }
            _ => Err(self.mismatch("a text")),
        }
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), EncodeError> {
        match self.shape.kind {
            _ if self.encoded => self.fragment(bytes),
            Kind::Blob(_) => {
                self.sink.scalar(self.at, &STANDARD.encode(bytes), Written::Base64);
                Ok(())
            }
            _ => Err(self.mismatch("bytes")),
        }
    }

    fn serialize_none(self) -> Result<(), EncodeError> {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), EncodeError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), EncodeError> {
        self.structure()?.finish()
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), EncodeError> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), EncodeError> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), EncodeError> {
        let encoded = name == fragment::MARK;
        value.serialize(Emit { encoded, ..self })
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: &T,
    ) -> Result<(), EncodeError> {
        Err(self.mismatch(variant))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Items<'s, S>, EncodeError> {
        let list = match &self.shape.kind {
            Kind::List(list) => Some(list),
            Kind::Blob(_) => None,
            _ => return Err(self.mismatch("a list")),
        };
        Ok(Items::new(self, list, length.unwrap_or_default()))
    }

    fn serialize_tuple(self, length: usize) -> Result<Items<'s, S>, EncodeError> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, EncodeError> {
        Err(self.mismatch(name))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, EncodeError> {
        Err(self.mismatch(variant))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Members<'s, S>, EncodeError> {
        self.structure()
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Members<'s, S>, EncodeError> {
        self.structure()
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, EncodeError> {
        Err(self.mismatch(variant))
    }
}
