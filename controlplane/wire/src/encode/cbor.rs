//! CBOR output, as Smithy's RPC has it: texts, numbers, byte strings, and moments under tag 1.
//!
//! Maps and lists have no length in front, since how many members a structure has is known only when all were written.

use super::emit::{Place, Sink, Written};
use super::nest::{Before, Inside, Nest};
use crate::model::{List, Member, TimestampFormat};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minicbor::Encoder;
use minicbor::data::IanaTag;
use std::convert::Infallible;

/// What writing to a vector answers.
type Done = Result<(), minicbor::encode::Error<Infallible>>;

/// Collects a CBOR document.
#[derive(Debug)]
pub(crate) struct CborSink {
    out: Encoder<Vec<u8>>,
    nest: Nest,
}

impl CborSink {
    /// A document that is a structure.
    pub(crate) fn new() -> Self {
        let mut sink = Self { out: Encoder::new(Vec::new()), nest: Nest::root() };
        sink.write(|out| out.begin_map()?.ok());
        sink
    }

    /// The whole document.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.write(|out| out.end()?.ok());
        self.out.into_writer()
    }

    /// A member that is a text.
    pub(crate) fn leaf(&mut self, tag: &'static str, text: &str) {
        self.scalar(Place::named(tag), text, Written::Text);
    }

    fn write(&mut self, write: impl FnOnce(&mut Encoder<Vec<u8>>) -> Done) {
        // A vector takes everything.
        let written = write(&mut self.out);
        debug_assert!(written.is_ok());
    }

    fn lead(&mut self, at: Place) -> bool {
        let (before, _) = self.nest.value(at);
        if let Before::Name(name) = before {
            self.write(|out| out.str(name)?.ok());
        }
        before == Before::Key
    }
}

/// Digits as a whole number if they are one.
fn number(text: &str, out: &mut Encoder<Vec<u8>>) -> Done {
    match text.parse::<i64>() {
        Ok(whole) => out.i64(whole)?.ok(),
        Err(_) => out.f64(text.parse().unwrap_or_default())?.ok(),
    }
}

impl Sink for CborSink {
    /// The model's own formats are for protocols of text.
    fn timestamp_format(_: Option<TimestampFormat>) -> TimestampFormat {
        TimestampFormat::UnixSeconds
    }

    fn member_tag(member: &'static Member) -> &'static str {
        &member.element
    }

    fn item_place(_: &'static List, own: Place, _: u32) -> Place {
        own
    }

    fn scalar(&mut self, at: Place, text: &str, written: Written) {
        let is_key = self.lead(at);
        self.write(|out| match written {
            Written::Text => out.str(text)?.ok(),
            _ if is_key => out.str(text)?.ok(),
            Written::Base64 => out.bytes(&STANDARD.decode(text).unwrap_or_default())?.ok(),
            Written::Number => number(text, out),
            Written::Boolean => out.bool(text == "true")?.ok(),
            Written::Time(_) => {
                out.tag(IanaTag::Timestamp)?;
                number(text, out)
            }
        });
    }

    fn open(&mut self, at: Place, list: Option<&'static List>) {
        if self.nest.is_entry(list) {
            return self.nest.open_entry();
        }
        self.lead(at);
        self.nest.open(list);
        let is_list = list.is_some_and(|list| !list.is_map);
        self.write(|out| if is_list { out.begin_array()?.ok() } else { out.begin_map()?.ok() });
    }

    fn close(&mut self, _: Place, _: Option<&'static List>) {
        if !matches!(self.nest.close(), Inside::Key | Inside::Value) {
            self.write(|out| out.end()?.ok());
        }
    }

    fn empty(&mut self, at: Place, list: Option<&'static List>) {
        self.open(at, list);
        self.close(at, list);
    }
}
