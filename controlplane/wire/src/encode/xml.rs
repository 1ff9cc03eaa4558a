//! XML output.

use super::beside::Beside;
use super::emit::{EncodeError, Place, Sink, Written};
use crate::model::{List, Member};

/// An answer may become longer, but not in the hope that all of a list is as long as its first item.
const EXPECTED_MOST: usize = 4 << 20;

/// Collects an XML body, and what a REST message has beside it.
#[derive(Debug, Default)]
pub(crate) struct XmlSink {
    pub(crate) out: Vec<u8>,
    pub(crate) beside: Beside,
}

impl XmlSink {
    pub(crate) fn start(&mut self, tag: &str) {
        self.parts(&["<", tag, ">"]);
    }

    pub(crate) fn end(&mut self, tag: &str) {
        self.parts(&["</", tag, ">"]);
    }

    /// `<tag xmlns="namespace">`
    pub(crate) fn start_in(&mut self, tag: &str, namespace: &str) {
        self.parts(&["<", tag, " xmlns=\"", namespace, "\">"]);
    }

    /// `<tag>text</tag>`
    pub(crate) fn leaf(&mut self, tag: &str, text: &str) {
        self.start(tag);
        escape(text, &mut self.out);
        self.end(tag);
    }

    fn parts(&mut self, parts: &[&str]) {
        for part in parts {
            self.out.extend_from_slice(part.as_bytes());
        }
    }
}

/// A flattened list has no element of its own.
fn has_element(list: Option<&'static List>) -> bool {
    list.is_none_or(|list| !list.flattened)
}

impl Sink for XmlSink {
    fn member_tag(member: &'static Member) -> &'static str {
        &member.element
    }

    fn item_place(list: &'static List, own: Place, _: u32) -> Place {
        if list.flattened { own } else { Place::named(&list.item) }
    }

    fn scalar(&mut self, at: Place, text: &str, written: Written) {
        self.start(at.tag);
        match written {
            Written::Text => escape(text, &mut self.out),
            _ => self.out.extend_from_slice(text.as_bytes()),
        }
        self.end(at.tag);
    }

    fn open(&mut self, at: Place, list: Option<&'static List>) {
        if has_element(list) {
            self.start(at.tag);
        }
    }

    fn close(&mut self, at: Place, list: Option<&'static List>) {
        if has_element(list) {
            self.end(at.tag);
        }
    }

    fn empty(&mut self, at: Place, list: Option<&'static List>) {
        if has_element(list) {
            self.parts(&["<", at.tag, "/>"]);
        }
    }

    fn raw(&mut self, at: Place, content: &[u8]) -> Result<(), EncodeError> {
        self.start(at.tag);
        self.out.extend_from_slice(content);
        self.end(at.tag);
        Ok(())
    }

    fn length(&self) -> usize {
        self.out.len()
    }

    fn expect(&mut self, bytes: usize) {
        self.out.reserve(bytes.min(EXPECTED_MOST));
    }

    fn beside(&mut self) -> Option<&mut Beside> {
        Some(&mut self.beside)
    }
}

/// Appends text with markup escaped. A carriage return is escaped too, since readers turn a bare one into a line
/// feed; characters that XML 1.0 cannot carry at all become U+FFFD, because one of them (from a user's tag) would
/// make the whole answer unreadable.
pub(crate) fn escape(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    let mut done = 0;
    for (at, &byte) in bytes.iter().enumerate().filter(|(_, byte)| NOTABLE[usize::from(**byte)]) {
        let (substitute, length): (&[u8], usize) = match byte {
            b'&' => (b"&amp;", 1),
            b'<' => (b"&lt;", 1),
            b'>' => (b"&gt;", 1),
            b'"' => (b"&quot;", 1),
            b'\r' => (b"&#xD;", 1),
            0xef if matches!(bytes.get(at + 1..at + 3), Some([0xbf, 0xbe | 0xbf])) => (REPLACEMENT, 3),
            0xef => continue,
            _ => (REPLACEMENT, 1),
        };
        out.extend_from_slice(&bytes[done..at]);
        out.extend_from_slice(substitute);
        done = at + length;
    }
    out.extend_from_slice(&bytes[done..]);
}

/// U+FFFD
const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();

/// Bytes that cannot always stay as they are: markup, control characters, and the first byte of U+FFFE and U+FFFF.
const NOTABLE: [bool; 256] = {
    let mut notable = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        notable[byte] = byte != b'\t' as usize && byte != b'\n' as usize;
        byte += 1;
    }
    notable[b'&' as usize] = true;
    notable[b'<' as usize] = true;
    notable[b'>' as usize] = true;
    notable[b'"' as usize] = true;
    notable[0xef] = true;
    notable
};
