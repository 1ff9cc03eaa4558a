//! JSON output.

use super::emit::{EncodeError, Place, Sink, Written};
use super::nest::{Before, Inside, Nest};
use crate::model::{List, Member, TimestampFormat};

/// Collects a JSON document.
#[derive(Debug)]
pub(crate) struct JsonSink {
    out: Vec<u8>,
    nest: Nest,
}

impl JsonSink {
    /// A document that is a structure.
    pub(crate) fn new() -> Self {
        Self { out: vec![b'{'], nest: Nest::root() }
    }

    /// The whole document.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.out.push(b'}');
        self.out
    }

    /// A member that is a text.
    pub(crate) fn leaf(&mut self, tag: &'static str, text: &str) {
        self.scalar(Place::named(tag), text, Written::Text);
    }

    fn quote(&mut self, text: &str) {
        // Writing to a vector cannot fail, and every text has a form in JSON.
        let written = serde_json::to_writer(&mut self.out, text);
        debug_assert!(written.is_ok());
    }

    /// Whatever has to stand before a value; whether the value is a key.
    fn lead(&mut self, at: Place) -> bool {
        let (before, first) = self.nest.value(at);
        if !first && before != Before::Nothing {
            self.out.push(b',');
        }
        if let Before::Name(name) = before {
            self.quote(name);
            self.out.push(b':');
        }
        before == Before::Key
    }

    fn brace(list: Option<&List>, plain: u8, list_only: u8) -> u8 {
        if list.is_some_and(|list| !list.is_map) { list_only } else { plain }
    }
}

impl Sink for JsonSink {
    fn timestamp_format(given: Option<TimestampFormat>) -> TimestampFormat {
        given.unwrap_or(TimestampFormat::UnixSeconds)
    }

    fn member_tag(member: &'static Member) -> &'static str {
        &member.element
    }

    fn item_place(_: &'static List, own: Place, _: u32) -> Place {
        own
    }

    fn scalar(&mut self, at: Place, text: &str, written: Written) {
        let is_key = self.lead(at);
        match written {
            Written::Number | Written::Boolean | Written::Time(TimestampFormat::UnixSeconds) if !is_key => {
                self.out.extend_from_slice(text.as_bytes());
            }
            _ => self.quote(text),
        }
        if is_key {
            self.out.push(b':');
        }
    }

    fn open(&mut self, at: Place, list: Option<&'static List>) {
        if self.nest.is_entry(list) {
            return self.nest.open_entry();
        }
        self.lead(at);
        self.nest.open(list);
        self.out.push(Self::brace(list, b'{', b'['));
    }

    fn close(&mut self, _: Place, list: Option<&'static List>) {
        if !matches!(self.nest.close(), Inside::Key | Inside::Value) {
            self.out.push(Self::brace(list, b'}', b']'));
        }
    }

    fn empty(&mut self, at: Place, list: Option<&'static List>) {
        self.open(at, list);
        self.close(at, list);
    }

    fn raw(&mut self, at: Place, _: &[u8]) -> Result<(), EncodeError> {
        Err(EncodeError(format!("a fragment of XML in the JSON of {}", at.tag)))
    }

    fn aside(&mut self, member: &'static Member, _: String) -> Result<(), EncodeError> {
        Err(EncodeError(format!("{} has a location in a protocol without any", member.name)))
    }
}
