//! JSON output.

use super::beside::Beside;
use super::emit::{Place, Sink, Written};
use super::nest::{Before, Inside, Nest};
use crate::model::{List, Member, TimestampFormat};

/// Collects a JSON document, and what a REST message has beside it.
#[derive(Debug)]
pub(crate) struct JsonSink {
    /// Empty until a document begins.
    out: Vec<u8>,
    nest: Nest,
    beside: Beside,
}

impl JsonSink {
    /// For a structure.
    pub(crate) fn new() -> Self {
        Self { out: Vec::new(), nest: Nest::root(), beside: Beside::default() }
    }

    /// The whole document.
    pub(crate) fn finish(self) -> Vec<u8> {
        self.into_parts().0
    }

    /// The whole body, which is a document, one member, or nothing, and what goes beside it.
    pub(crate) fn into_parts(mut self) -> (Vec<u8>, Beside) {
        if !self.out.is_empty() {
            self.out.push(b'}');
        }
        (self.beside.body.take().unwrap_or(self.out), self.beside)
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

    fn begin(&mut self) {
        self.out.push(b'{');
    }

    fn beside(&mut self) -> Option<&mut Beside> {
        Some(&mut self.beside)
    }
}
