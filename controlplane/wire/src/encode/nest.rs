//! Where a writer stands in a document of maps and lists, for the protocols that have both.
//!
//! A map of AWS's is a list of entries to the codec (`List::is_map`), each a structure of `key` and `value`, in this order. A
//! writer with real maps therefore leaves the entry's own braces out, writes its first member as the key and its second
//! as what stands there.

use super::emit::Place;
use crate::model::List;

/// What is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inside {
    /// A structure.
    Object,
    /// A list.
    Array,
    /// A map, between entries.
    Map,
    /// An entry of a map, before its key.
    Key,
    /// The same, after it.
    Value,
}

/// What has to stand before a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Before {
    /// A member's name.
    Name(&'static str),
    /// Nothing but what parts it from the one before.
    Item,
    /// It is the key of a map's entry.
    Key,
    /// Nothing: the entry's key has been written.
    Nothing,
}

/// The stack of what is open, and whether it has anything in it yet.
#[derive(Debug)]
pub(super) struct Nest(Vec<(Inside, bool)>);

impl Nest {
    /// Inside the document's own structure.
    pub(super) fn root() -> Self {
        Self(vec![(Inside::Object, true)])
    }

    /// A value comes: what stands before it, and whether it is the first in what is open.
    pub(super) fn value(&mut self, at: Place) -> (Before, bool) {
        let Some((inside, is_first)) = self.0.last_mut() else { return (Before::Nothing, true) };
        let first = std::mem::replace(is_first, false);
        match inside {
            Inside::Object => (Before::Name(at.tag), first),
            Inside::Array | Inside::Map => (Before::Item, first),
            Inside::Key => {
                *inside = Inside::Value;
                (Before::Key, first)
            }
            Inside::Value => (Before::Nothing, first),
        }
    }

    /// Whether the structure that begins is an entry of a map, which has no braces of its own.
    pub(super) fn is_entry(&self, list: Option<&List>) -> bool {
        list.is_none() && self.0.last().is_some_and(|(inside, _)| *inside == Inside::Map)
    }

    /// An entry begins. Whether it is the map's first is known from here on by its key.
    pub(super) fn open_entry(&mut self) {
        let first = self.0.last_mut().is_none_or(|(_, first)| std::mem::replace(first, false));
        self.0.push((Inside::Key, first));
    }

    /// A structure, list or map begins.
    pub(super) fn open(&mut self, list: Option<&List>) {
        let inside = match list {
            None => Inside::Object,
            Some(list) if list.is_map => Inside::Map,
            Some(_) => Inside::Array,
        };
        self.0.push((inside, true));
    }

    /// It ends; what it was.
    pub(super) fn close(&mut self) -> Inside {
        self.0.pop().map_or(Inside::Object, |(inside, _)| inside)
    }
}
