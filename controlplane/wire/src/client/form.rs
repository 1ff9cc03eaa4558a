//! Form bodies from values: the reverse of [`crate::decode`]'s reading of them.

use crate::encode::emit::{Place, Sink, Written};
use crate::model::{List, Member, Protocol};
use crate::text::percent_encode;
use std::fmt::Write;

/// Collects form parameters.
pub(super) struct FormSink {
    pub(super) out: String,
    /// The name of the value being written, dots included.
    name: String,
    /// The query protocol shows an empty list, EC2's dialect cannot.
    shows_empty_lists: bool,
}

impl FormSink {
    pub(super) fn new(protocol: Protocol, action: &str, version: &str) -> Self {
        let out = format!("Action={action}&Version={version}");
        Self { out, name: String::new(), shows_empty_lists: protocol == Protocol::Query }
    }

    /// Runs `write` with the value's full name, then takes its part of the name back.
    fn within(&mut self, at: Place, write: impl FnOnce(&mut Self)) {
        self.enter(at);
        write(self);
        self.leave(at);
    }

    fn enter(&mut self, at: Place) {
        self.push(at.tag);
        if let Some(number) = at.number {
            self.push(&number.to_string());
        }
    }

    fn push(&mut self, part: &str) {
        if !part.is_empty() {
            let dot = if self.name.is_empty() { "" } else { "." };
            let _ = write!(self.name, "{dot}{part}");
        }
    }

    /// The name is a stack of parts: leaving removes exactly those that entering added.
    fn leave(&mut self, at: Place) {
        let parts = usize::from(!at.tag.is_empty()) + usize::from(at.number.is_some());
        for _ in 0..parts {
            let cut = self.name.rfind('.').unwrap_or(0);
            self.name.truncate(cut);
        }
    }

    fn parameter(&mut self, text: &str) {
        self.out.push('&');
        percent_encode(&self.name, b"", &mut self.out);
        self.out.push('=');
        percent_encode(text, b"", &mut self.out);
    }
}

impl Sink for FormSink {
    fn member_tag(member: &'static Member) -> &'static str {
        &member.query
    }

    fn item_place(list: &'static List, _: Place, number: u32) -> Place {
        Place { tag: &list.query_item, number: Some(number) }
    }

    fn scalar(&mut self, at: Place, text: &str, _: Written) {
        self.within(at, |form| form.parameter(text));
    }

    fn open(&mut self, at: Place, _: Option<&'static List>) {
        self.enter(at);
    }

    fn close(&mut self, at: Place, _: Option<&'static List>) {
        self.leave(at);
    }

    fn empty(&mut self, at: Place, list: Option<&'static List>) {
        if list.is_some() && self.shows_empty_lists {
            self.within(at, |form| form.parameter(""));
        }
    }
}
