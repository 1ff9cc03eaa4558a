//! Parameters and answers as CBOR of a bounded size, in one pass of serde and without what is secret.
//!
//! It is written on the writer, for every change, so there is no tree in between and no model: members as our types name them,
//! absent ones left out, long texts cut. What comes after the bound is left out, and the event says so. Read again, it
//! is JSON with the names that CloudTrail uses (`instanceType`).

use super::secret::{HIDDEN, is_secret};
use minicbor::data::Type;
use minicbor::{Decode, Decoder, Encode, Encoder};
use serde::ser::{self, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple, Serializer};
use serde_json::{Map, Value};
use std::convert::Infallible;
use std::fmt::Display;

/// A text longer than this is cut.
const TEXT_MAX: usize = 512;
/// How deep anybody reads what was written here; our types are not a quarter as deep.
const DEPTH: usize = 64;

/// What a request or an answer was made of.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
pub struct Elements {
    /// Empty for none.
    #[cbor(n(0), with = "minicbor::bytes")]
    cbor: Vec<u8>,
    /// There was more.
    #[n(1)]
    is_cut: bool,
}

impl Elements {
    /// Takes down `value` of a call of `action`, in about `most` bytes.
    pub fn of(action: &'static str, value: &(impl Serialize + ?Sized), most: usize) -> Self {
        let out = Encoder::new(Vec::with_capacity(most.min(512)));
        let mut notes = Notes { action, out, most, is_cut: false, depth: 0, name: None, is_hidden: false };
        let written = value.serialize(&mut notes);
        // Types that serde cannot show as data (none of ours) leave nothing rather than half a document.
        let cbor = if written.is_ok() { notes.out.into_writer() } else { Vec::new() };
        Self { cbor, is_cut: notes.is_cut }
    }

    /// As CloudTrail shows it; null for nothing.
    pub fn shown(&self) -> Value {
        let mut value = read(&mut Decoder::new(&self.cbor), 0).unwrap_or(Value::Null);
        if let (true, Value::Object(members)) = (self.is_cut, &mut value) {
            members.insert("truncated".to_owned(), Value::Bool(true));
        }
        value
    }
}

/// Why a value has no elements.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct NoElements(String);

impl ser::Error for NoElements {
    fn custom<T: Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

impl From<minicbor::encode::Error<Infallible>> for NoElements {
    fn from(error: minicbor::encode::Error<Infallible>) -> Self {
        Self(error.to_string())
    }
}

type Done = Result<(), NoElements>;

struct Notes {
    action: &'static str,
    out: Encoder<Vec<u8>>,
    most: usize,
    is_cut: bool,
    /// How many lists and structures are open.
    depth: usize,
    /// Of the member whose value comes, until it is known that there is one.
    name: Option<String>,
    is_hidden: bool,
}

impl Notes {
    /// A value begins: writes its name. `false` when it is to be left out, or is hidden and therefore done.
    fn begin(&mut self) -> Result<bool, NoElements> {
        let name = self.name.take();
        if self.out.writer().len() >= self.most {
            self.is_cut = true;
            return Ok(false);
        }
        if let Some(name) = name {
            self.out.str(&name)?;
        }
        if std::mem::take(&mut self.is_hidden) {
            self.out.str(HIDDEN)?;
            return Ok(false);
        }
        Ok(true)
    }

    fn member<T: Serialize + ?Sized>(&mut self, name: String, value: &T) -> Done {
        self.is_hidden = is_secret(self.action, &name, self.depth == 1);
        self.name = Some(name);
        let done = value.serialize(&mut *self);
        // An absent value has taken neither.
        (self.name, self.is_hidden) = (None, false);
        done
    }

    fn text(&mut self, text: &str) -> Done {
        if self.begin()? {
            let end = text.char_indices().nth(TEXT_MAX).map_or(text.len(), |(end, _)| end);
            self.is_cut |= end < text.len();
            self.out.str(&text[..end])?;
        }
        Ok(())
    }
}

macro_rules! numbers {
    ($($method:ident $type:ty => $write:ident,)*) => {$(
        fn $method(self, number: $type) -> Done {
            if self.begin()? {
                self.out.$write(number.into())?;
            }
            Ok(())
        }
    )*};
}

impl<'n> Serializer for &'n mut Notes {
    type Ok = ();
    type Error = NoElements;
    type SerializeSeq = Parts<'n>;
    type SerializeTuple = Parts<'n>;
    type SerializeTupleStruct = ser::Impossible<(), NoElements>;
    type SerializeTupleVariant = ser::Impossible<(), NoElements>;
    type SerializeMap = Parts<'n>;
    type SerializeStruct = Parts<'n>;
    type SerializeStructVariant = ser::Impossible<(), NoElements>;

    numbers! {
        serialize_bool bool => bool,
        serialize_i8 i8 => i64, serialize_i16 i16 => i64, serialize_i32 i32 => i64, serialize_i64 i64 => i64,
        serialize_u8 u8 => u64, serialize_u16 u16 => u64, serialize_u32 u32 => u64, serialize_u64 u64 => u64,
        serialize_f32 f32 => f64, serialize_f64 f64 => f64,
    }

    fn serialize_char(self, letter: char) -> Done {
        self.text(letter.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, text: &str) -> Done {
        self.text(text)
    }

    /// How many they are says enough: bytes are mostly material of some sort.
    fn serialize_bytes(self, bytes: &[u8]) -> Done {
        self.text(&format!("{} bytes", bytes.len()))
    }

    fn serialize_none(self) -> Done {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Done {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Done {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Done {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Done {
        self.text(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Done {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Done {
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Parts<'n>, NoElements> {
        let is_open = self.begin()?;
        if is_open {
            self.out.begin_array()?;
        }
        Ok(Parts::new(self, is_open))
    }

    fn serialize_tuple(self, length: usize) -> Result<Parts<'n>, NoElements> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, NoElements> {
        Err(NoElements(name.to_owned()))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, NoElements> {
        Err(NoElements(variant.to_owned()))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Parts<'n>, NoElements> {
        let is_open = self.begin()?;
        if is_open {
            self.out.begin_map()?;
        }
        Ok(Parts::new(self, is_open))
    }

    fn serialize_struct(self, _: &'static str, length: usize) -> Result<Parts<'n>, NoElements> {
        self.serialize_map(Some(length))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, NoElements> {
        Err(NoElements(variant.to_owned()))
    }
}

/// What is inside a list or a structure; nothing is taken of one that was left out.
pub(super) struct Parts<'n> {
    notes: &'n mut Notes,
    is_open: bool,
    key: Option<String>,
}

impl<'n> Parts<'n> {
    fn new(notes: &'n mut Notes, is_open: bool) -> Self {
        notes.depth += 1;
        Self { notes, is_open, key: None }
    }

    fn finish(self) -> Done {
        self.notes.depth -= 1;
        if self.is_open {
            self.notes.out.end()?;
        }
        Ok(())
    }

    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        if self.is_open { value.serialize(&mut *self.notes) } else { Ok(()) }
    }
}

impl SerializeSeq for Parts<'_> {
    type Ok = ();
    type Error = NoElements;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.item(value)
    }

    fn end(self) -> Done {
        self.finish()
    }
}

impl SerializeTuple for Parts<'_> {
    type Ok = ();
    type Error = NoElements;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.item(value)
    }

    fn end(self) -> Done {
        self.finish()
    }
}

impl SerializeStruct for Parts<'_> {
    type Ok = ();
    type Error = NoElements;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Done {
        if self.is_open { self.notes.member(name.to_owned(), value) } else { Ok(()) }
    }

    fn end(self) -> Done {
        self.finish()
    }
}

/// An answer that is given again to a retry is a map.
impl SerializeMap for Parts<'_> {
    type Ok = ();
    type Error = NoElements;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Done {
        let name = serde_json::to_value(key).map_err(|error| NoElements(error.to_string()))?;
        self.key = name.as_str().map(str::to_owned);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        match self.key.take().filter(|_| self.is_open) {
            Some(name) => self.notes.member(name, value),
            None => Ok(()),
        }
    }

    fn end(self) -> Done {
        self.finish()
    }
}

/// One value; `None` for what was not written here.
fn read(document: &mut Decoder<'_>, depth: usize) -> Option<Value> {
    if depth > DEPTH {
        return None;
    }
    Some(match document.datatype().ok()? {
        Type::MapIndef => Value::Object(read_members(document, depth)?),
        Type::ArrayIndef => Value::Array(read_items(document, depth)?),
        Type::String => document.str().ok()?.into(),
        Type::Bool => document.bool().ok()?.into(),
        Type::F32 | Type::F64 => document.f64().ok()?.into(),
        Type::I8 | Type::I16 | Type::I32 | Type::I64 => document.i64().ok()?.into(),
        _ => document.u64().ok()?.into(),
    })
}

fn is_end(document: &mut Decoder<'_>) -> Option<bool> {
    let is_end = document.datatype().ok()? == Type::Break;
    if is_end {
        document.set_position(document.position() + 1);
    }
    Some(is_end)
}

fn read_members(document: &mut Decoder<'_>, depth: usize) -> Option<Map<String, Value>> {
    document.map().ok()?;
    let mut members = Map::new();
    while !is_end(document)? {
        let name = camel(document.str().ok()?);
        members.insert(name, read(document, depth + 1)?);
    }
    Some(members)
}

fn read_items(document: &mut Decoder<'_>, depth: usize) -> Option<Vec<Value>> {
    document.array().ok()?;
    let mut items = Vec::new();
    while !is_end(document)? {
        items.push(read(document, depth + 1)?);
    }
    Some(items)
}

fn camel(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
}
