//! CBOR documents to a tree, guided by the model: <https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html>
//!
//! Lengths in front of lists and maps are believed only item by item, so a short document cannot make anybody reserve room.

use super::nested::{Found, Inner, Slot, deeper, entry, fraction, item, member, takes_numbers};
use super::tree::{NodeId, Tree};
use crate::error::WireError;
use crate::limits;
use crate::model::Kind;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minicbor::Decoder;
use minicbor::data::Type;
use std::borrow::Cow;

/// Tag of seconds since 1970.
const EPOCH_SECONDS: u64 = 1;

/// Reads one document. None at all is one without members.
pub(crate) fn fill<'a>(tree: &mut Tree<'a>, body: &'a [u8]) -> Result<(), WireError> {
    if body.is_empty() {
        return Ok(());
    }
    let mut reading = Reading { tree, document: Decoder::new(body) };
    reading.value(Slot::Root, 0)?;
    match reading.document.position() == body.len() {
        true => Ok(()),
        false => Err(malformed("there is more after the document")),
    }
}

fn malformed(what: impl std::fmt::Display) -> WireError {
    WireError::Malformed(format!("invalid CBOR: {}", limits::echo(&what.to_string())))
}

struct Reading<'t, 'a> {
    tree: &'t mut Tree<'a>,
    document: Decoder<'a>,
}

impl<'a> Reading<'_, 'a> {
    fn value(&mut self, slot: Slot, depth: usize) -> Result<(), WireError> {
        match self.document.datatype().map_err(malformed)? {
            Type::Map | Type::MapIndef => self.map(slot, deeper(depth)?),
            Type::Array | Type::ArrayIndef => self.list(slot, deeper(depth)?),
            Type::Null => {
                self.document.null().map_err(malformed)?;
                slot.null(self.tree)
            }
            Type::Undefined => {
                self.document.undefined().map_err(malformed)?;
                slot.null(self.tree)
            }
            Type::Tag => self.moment(slot),
            _ => self.scalar(slot),
        }
    }

    fn scalar(&mut self, slot: Slot) -> Result<(), WireError> {
        match self.document.datatype().map_err(malformed)? {
            Type::Bool => {
                let value = self.document.bool().map_err(malformed)?;
                let text = Cow::Borrowed(if value { "true" } else { "false" });
                slot.scalar(self.tree, Found::Boolean, text, |kind| matches!(kind, Kind::Boolean))
            }
            Type::String | Type::StringIndef => {
                let text = self.text()?;
                slot.scalar(self.tree, Found::Text, text, |kind| matches!(kind, Kind::Text(_)))
            }
            Type::Bytes | Type::BytesIndef => {
                let pieces = self.document.bytes_iter().map_err(malformed)?;
                let bytes = pieces.collect::<Result<Vec<_>, _>>().map_err(malformed)?.concat();
                let text = Cow::Owned(STANDARD.encode(bytes));
                slot.scalar(self.tree, Found::Bytes, text, |kind| matches!(kind, Kind::Blob(_)))
            }
            _ => {
                let text = self.number()?;
                slot.scalar(self.tree, Found::Number, text, takes_numbers)
            }
        }
    }

    fn moment(&mut self, slot: Slot) -> Result<(), WireError> {
        let tag = self.document.tag().map_err(malformed)?.as_u64();
        if tag != EPOCH_SECONDS {
            return Err(malformed(format_args!("the tag {tag} is not served")));
        }
        let text = self.number()?;
        slot.scalar(self.tree, Found::Time, text, |kind| matches!(kind, Kind::Timestamp(_)))
    }

    fn number(&mut self) -> Result<Cow<'a, str>, WireError> {
        match self.document.datatype().map_err(malformed)? {
            Type::F16 => fraction(self.half()?),
            Type::F32 | Type::F64 => fraction(self.document.f64().map_err(malformed)?),
            Type::U8
            | Type::U16
            | Type::U32
            | Type::U64
            | Type::I8
            | Type::I16
            | Type::I32
            | Type::I64
            | Type::Int => Ok(Cow::Owned(self.document.int().map_err(malformed)?.to_string())),
            other => Err(malformed(format_args!("{other} has no place here"))),
        }
    }

    /// A number of 16 bits, which the codec leaves to us: one of sign, five of exponent, ten of fraction.
    fn half(&mut self) -> Result<f64, WireError> {
        let at = self.document.position();
        let bytes = self.document.input().get(at + 1..at + 3).and_then(|bytes| bytes.try_into().ok());
        let bits = u16::from_be_bytes(bytes.ok_or_else(|| malformed("the document ends in a number"))?);
        self.document.set_position(at + 3);
        let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
        let size = match exponent {
            0 => fraction * 2_f64.powi(-24),
            0x1f => f64::NAN,
            _ => (1.0 + fraction / 1024.0) * 2_f64.powi(exponent - 15),
        };
        Ok(if bits >> 15 == 1 { -size } else { size })
    }

    fn text(&mut self) -> Result<Cow<'a, str>, WireError> {
        if self.document.datatype().map_err(malformed)? == Type::String {
            return self.document.str().map(Cow::Borrowed).map_err(malformed);
        }
        let pieces = self.document.str_iter().map_err(malformed)?;
        pieces.collect::<Result<Vec<_>, _>>().map(|pieces| Cow::Owned(pieces.concat())).map_err(malformed)
    }

    /// Whether a list or map of `length` goes on after `count` items; the end of one without length is read past.
    fn goes_on(&mut self, length: Option<u64>, count: u64) -> Result<bool, WireError> {
        if let Some(length) = length {
            return Ok(count < length);
        }
        let is_end = self.document.datatype().map_err(malformed)? == Type::Break;
        if is_end {
            self.document.set_position(self.document.position() + 1);
        }
        Ok(!is_end)
    }

    fn list(&mut self, slot: Slot, depth: usize) -> Result<(), WireError> {
        let (at, inner) = slot.nested(self.tree, Found::List)?;
        let Inner::List(list) = inner else { return Ok(()) };
        let length = self.document.array().map_err(malformed)?;
        let mut count = 0;
        while self.goes_on(length, count)? {
            let slot = item(self.tree, at, list);
            self.value(slot, depth)?;
            count += 1;
        }
        Ok(())
    }

    fn map(&mut self, slot: Slot, depth: usize) -> Result<(), WireError> {
        let (at, inner) = slot.nested(self.tree, Found::Map)?;
        let length = self.document.map().map_err(malformed)?;
        let mut count = 0;
        while self.goes_on(length, count)? {
            let key = match self.document.datatype().map_err(malformed)? {
                Type::String | Type::StringIndef => self.text()?,
                other => return Err(malformed(format_args!("{other} where a name should be"))),
            };
            match self.slot_named(at, &inner, key)? {
                Some(slot) => self.value(slot, depth)?,
                None => self.document.skip().map_err(malformed)?,
            }
            count += 1;
        }
        Ok(())
    }

    fn slot_named(
        &mut self,
        at: NodeId,
        inner: &Inner,
        key: Cow<'a, str>,
    ) -> Result<Option<Slot>, WireError> {
        match *inner {
            Inner::Structure(structure) => Ok(member(self.tree, at, structure, &key)),
            Inner::Map(list) | Inner::List(list) => entry(self.tree, at, list, key),
        }
    }
}
