//! The record sets of one name, packed.
//!
//! A server may hold millions of names, nearly all with one small set. As a map of messages each cost some five thousand octets
//! (a map's smallest node has room for eleven); here it costs what its text does. What is compiled of it is read again when the
//! name is compiled, which is when something of it changes.

use controlplane_proto::dns::{RecordSet, RecordSetKey};
use prost::Message;

/// Whether any is an alias; then messages without what is known from where they stand (zone and name), each behind its length, by
/// type and identifier.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sets(Box<[u8]>);

impl Sets {
    /// Every set; of its key only type and identifier are there.
    pub fn iter(&self) -> impl Iterator<Item = RecordSet> {
        let mut rest = self.0.get(1..).unwrap_or_default();
        // What was packed here can be read; anything else would end the list.
        std::iter::from_fn(move || {
            if rest.is_empty() { None } else { RecordSet::decode_length_delimited(&mut rest).ok() }
        })
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether any is an alias.
    pub fn has_alias(&self) -> bool {
        self.0.first() == Some(&1)
    }

    /// Puts a set, in place of the one with its type and identifier.
    pub fn put(&mut self, mut set: RecordSet) {
        if let Some(key) = &mut set.key {
            key.zone_id = String::new();
            key.name = String::new();
        }
        let mut sets: Vec<RecordSet> = self.iter().collect();
        match sets.binary_search_by(|held| key_of(held).cmp(&key_of(&set))) {
            Ok(place) => sets[place] = set,
            Err(place) => sets.insert(place, set),
        }
        *self = Self::pack(&sets);
    }

    /// Takes the set of a type and identifier away, if it is there.
    pub fn remove(&mut self, key: &RecordSetKey) {
        let gone = (key.r#type.as_str(), key.set_identifier.as_str());
        let left: Vec<RecordSet> = self.iter().filter(|held| key_of(held) != gone).collect();
        *self = Self::pack(&left);
    }

    fn pack(sets: &[RecordSet]) -> Self {
        if sets.is_empty() {
            return Self::default();
        }
        let len = |set: &RecordSet| {
            let len = set.encoded_len();
            prost::length_delimiter_len(len) + len
        };
        let mut octets = Vec::with_capacity(1 + sets.iter().map(len).sum::<usize>());
        octets.push(u8::from(sets.iter().any(|set| set.alias.is_some())));
        sets.iter().for_each(|set| octets.extend_from_slice(&set.encode_length_delimited_to_vec()));
        Self(octets.into())
    }
}

/// Type and identifier.
fn key_of(set: &RecordSet) -> (&str, &str) {
    set.key.as_ref().map_or(("", ""), |key| (&key.r#type, &key.set_identifier))
}
