//! What a value is made of: the members of a structure, the items of a list, and the texts of members that travel
//! outside the body.

use super::beside::Beside;
use super::emit::{Emit, EncodeError, Place, Sink, Written};
use crate::model::{Kind, List, Location, Member, Service, Shape, Structure, TimestampFormat};
use crate::text::push_header_item;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple, Serializer};
use std::sync::LazyLock;

/// Whether a structure's own element has been written.
#[derive(PartialEq)]
enum State {
    Untouched,
    Open,
}

/// The members of a structure.
pub(crate) struct Members<'s, S> {
    emit: Emit<'s, S>,
    structure: &'static Structure,
    state: State,
    /// A map's key that waits for its value.
    key: Option<&'static Member>,
}

impl<'s, S: Sink> Members<'s, S> {
    pub(super) fn new(emit: Emit<'s, S>, structure: &'static Structure) -> Self {
        // Where one member is the whole body, there is a document when that member is one.
        if emit.root && structure.payload().is_none() {
            emit.sink.begin();
        }
        Self { emit, structure, state: State::Untouched, key: None }
    }

    fn find(&self, name: &str) -> Result<&'static Member, EncodeError> {
        let index = self.structure.index_of(name);
        index
            .map(|index| self.structure.member(index))
            .ok_or_else(|| EncodeError(format!("structure {} has no member {name}", self.emit.shape.name)))
    }

    fn value<T: Serialize + ?Sized>(
        &mut self,
        member: &'static Member,
        value: &T,
    ) -> Result<(), EncodeError> {
        if self.emit.root && member.location != Location::Body {
            return self.aside(member, value);
        }
        let payload = self.structure.payload().map(|index| self.structure.member(index));
        if self.emit.root && payload.is_some_and(|payload| std::ptr::eq(payload, member)) {
            return self.payload(member, value);
        }
        if self.state == State::Untouched && !self.emit.root {
            self.emit.sink.open(self.emit.at, None);
        }
        self.state = State::Open;
        let (service, at) = (self.emit.service, Place::named(S::member_tag(member)));
        let emit = Emit::inner(service, service.shape(member.shape), &mut *self.emit.sink, at);
        value.serialize(Emit { timestamp: member.timestamp, ..emit })
    }

    /// Members outside the body: their text is taken by a sink of its own and handed over.
    fn aside<T: Serialize + ?Sized>(
        &mut self,
        member: &'static Member,
        value: &T,
    ) -> Result<(), EncodeError> {
        let shape = self.emit.service.shape(member.shape);
        let texts = self.texts(member, value)?;
        let beside = self.beside(member)?;
        match (member.location, &shape.kind) {
            (Location::Prefix, _) => {
                // A map's texts are keys and values by turns.
                let mut texts = texts.into_iter();
                while let (Some(key), Some(text)) = (texts.next(), texts.next()) {
                    beside.put(member, &key, text)?;
                }
                Ok(())
            }
            (Location::Header, Kind::List(_)) if !texts.is_empty() => {
                let mut joined = String::new();
                texts.iter().for_each(|text| push_header_item(text, &mut joined));
                beside.put(member, "", joined)
            }
            _ => texts.into_iter().try_for_each(|text| beside.put(member, "", text)),
        }
    }

    /// The member that is the whole body: a document, or bytes.
    fn payload<T: Serialize + ?Sized>(
        &mut self,
        member: &'static Member,
        value: &T,
    ) -> Result<(), EncodeError> {
        let service = self.emit.service;
        let shape = service.shape(member.shape);
        if shape.structure().is_some() {
            return value.serialize(Emit::root(service, shape, &mut *self.emit.sink));
        }
        let Some(text) = self.texts(member, value)?.pop() else { return Ok(()) };
        let bytes = match shape.kind {
            Kind::Blob(_) => STANDARD.decode(text).map_err(|error| EncodeError(error.to_string()))?,
            _ => text.into_bytes(),
        };
        self.beside(member)?.body = Some(bytes);
        Ok(())
    }

    fn texts<T: Serialize + ?Sized>(
        &self,
        member: &'static Member,
        value: &T,
    ) -> Result<Vec<String>, EncodeError> {
        let service = self.emit.service;
        let shape = service.shape(member.shape);
        let own = match shape.kind {
            Kind::Timestamp(format) => member.timestamp.or(format),
            _ => None,
        };
        // Headers have dates of their own.
        let usual = (member.location == Location::Header).then_some(TimestampFormat::Rfc822);
        let mut texts = Texts::default();
        let emit = Emit::inner(service, shape, &mut texts, Place::named(""));
        value.serialize(Emit { timestamp: own.or(usual), ..emit })?;
        Ok(texts.0)
    }

    fn beside(&mut self, member: &Member) -> Result<&mut Beside, EncodeError> {
        let none = || EncodeError(format!("{} has a location in a protocol without any", member.name));
        self.emit.sink.beside().ok_or_else(none)
    }

    pub(super) fn finish(self) -> Result<(), EncodeError> {
        match self.state {
            _ if self.emit.root => {}
            State::Untouched => self.emit.sink.empty(self.emit.at, None),
            State::Open => self.emit.sink.close(self.emit.at, None),
        }
        Ok(())
    }
}

impl<S: Sink> SerializeStruct for Members<'_, S> {
    type Ok = ();
    type Error = EncodeError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), EncodeError> {
        let member = self.find(key)?;
        self.value(member, value)
    }

    fn end(self) -> Result<(), EncodeError> {
        self.finish()
    }
}

impl<S: Sink> SerializeMap for Members<'_, S> {
    type Ok = ();
    type Error = EncodeError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), EncodeError> {
        let name = text_of(self.emit.service, &AUXILIARY.name, key)?;
        self.key = Some(self.find(&name)?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        let member = self.key.take().ok_or_else(|| EncodeError("a value without its key".to_owned()))?;
        self.value(member, value)
    }

    fn end(self) -> Result<(), EncodeError> {
        self.finish()
    }
}

/// The items of a list, or the bytes of a blob that serde shows as a list.
pub(crate) struct Items<'s, S> {
    emit: Emit<'s, S>,
    list: Option<&'static List>,
    /// How many items there are; 0 where nobody knows.
    length: usize,
    count: u32,
    bytes: Vec<u8>,
}

impl<'s, S: Sink> Items<'s, S> {
    pub(super) fn new(emit: Emit<'s, S>, list: Option<&'static List>, length: usize) -> Self {
        Self { emit, list, length, count: 0, bytes: Vec::new() }
    }

    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        let Some(list) = self.list else {
            let byte = text_of(self.emit.service, &AUXILIARY.byte, value)?;
            self.bytes.push(byte.parse().map_err(|_| self.emit.mismatch("numbers that are no bytes"))?);
            return Ok(());
        };
        if self.count == 0 {
            self.emit.sink.open(self.emit.at, Some(list));
        }
        self.count += 1;
        let (service, at) = (self.emit.service, S::item_place(list, self.emit.at, self.count));
        let before = self.emit.sink.length();
        value.serialize(Emit::inner(service, service.shape(list.member), &mut *self.emit.sink, at))?;
        if self.count == 1 {
            // The others are about as long as the first: one large place instead of a dozen, each copied into the next.
            let first = self.emit.sink.length() - before;
            self.emit.sink.expect(first.saturating_mul(self.length.saturating_sub(1)));
        }
        Ok(())
    }

    fn finish(self) -> Result<(), EncodeError> {
        match self.list {
            None => return self.emit.serialize_bytes(&self.bytes),
            Some(list) if self.count == 0 => self.emit.sink.empty(self.emit.at, Some(list)),
            Some(list) => self.emit.sink.close(self.emit.at, Some(list)),
        }
        Ok(())
    }
}

impl<S: Sink> SerializeSeq for Items<'_, S> {
    type Ok = ();
    type Error = EncodeError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        self.item(value)
    }

    fn end(self) -> Result<(), EncodeError> {
        self.finish()
    }
}

impl<S: Sink> SerializeTuple for Items<'_, S> {
    type Ok = ();
    type Error = EncodeError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        self.item(value)
    }

    fn end(self) -> Result<(), EncodeError> {
        self.finish()
    }
}

/// Shapes for what serde shows as values but AWS does not: a map's key, a byte of a blob.
struct Auxiliary {
    name: Shape,
    byte: Shape,
}

static AUXILIARY: LazyLock<Auxiliary> = LazyLock::new(|| {
    let shape = |name: &str, kind| Shape { name: name.into(), sensitive: false, kind };
    Auxiliary {
        name: shape("key", Kind::Text(Default::default())),
        byte: shape("byte", Kind::Integer(Default::default())),
    }
});

/// The text of a single scalar.
fn text_of<T: Serialize + ?Sized>(
    service: &'static Service,
    shape: &'static Shape,
    value: &T,
) -> Result<String, EncodeError> {
    let mut texts = Texts::default();
    value.serialize(Emit::inner(service, shape, &mut texts, Place::named("")))?;
    texts.0.pop().ok_or_else(|| EncodeError(format!("an absent {}", shape.name)))
}

/// The texts of a scalar or of a list of scalars.
#[derive(Default)]
struct Texts(Vec<String>);

impl Sink for Texts {
    fn member_tag(member: &'static Member) -> &'static str {
        &member.element
    }

    fn item_place(_: &'static List, own: Place, _: u32) -> Place {
        own
    }

    fn scalar(&mut self, _: Place, text: &str, _: Written) {
        self.0.push(text.to_owned());
    }

    fn open(&mut self, _: Place, _: Option<&'static List>) {}

    fn close(&mut self, _: Place, _: Option<&'static List>) {}

    fn empty(&mut self, _: Place, _: Option<&'static List>) {}
}
