//! The record sets of one name, packed.
//!
//! A server may hold millions of names, nearly all with one small set. As a map of messages each cost some five thousand octets
//! (a map's smallest node has room for eleven); here it costs what its text does. What is compiled of it is read again when the
//! name is compiled, which is when something of it changes.

use super::{RecordType, SetKey};
use controlplane_proto::dns as proto;
use prost::Message;

/// Messages without what is known from where they stand (zone and name), each behind its length, by type and identifier.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sets(Box<[u8]>);

impl Sets {
    /// Every set; of its key only type and identifier are there.
    pub fn iter(&self) -> impl Iterator<Item = proto::RecordSet> {
        let mut rest = &*self.0;
        // What was packed here can be read; anything else would end the list.
        std::iter::from_fn(move || {
            if rest.is_empty() { None } else { proto::RecordSet::decode_length_delimited(&mut rest).ok() }
        })
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts a set, in place of the one with its type and identifier.
    pub fn put(&mut self, set: &proto::RecordSet) {
        let mut packed = set.clone();
        if let Some(key) = &mut packed.key {
            key.zone_id.clear();
            key.name.clear();
        }
        let key = key_of(&packed);
        let mut sets: Vec<proto::RecordSet> = self.iter().filter(|held| key_of(held) != key).collect();
        let place = sets.partition_point(|held| key_of(held) < key);
        sets.insert(place, packed);
        self.pack(&sets);
    }

    /// Takes the set of a type and identifier away, if it is there.
    pub fn remove(&mut self, kind: RecordType, identifier: &str) {
        let gone = Some((kind, identifier.to_owned()));
        let left: Vec<proto::RecordSet> = self.iter().filter(|held| key_of(held) != gone).collect();
        self.pack(&left);
    }

    fn pack(&mut self, sets: &[proto::RecordSet]) {
        let octets: Vec<u8> = sets.iter().flat_map(Message::encode_length_delimited_to_vec).collect();
        self.0 = octets.into();
    }
}

/// Type and identifier; `None` for a type that is not known, which no set here has.
pub(super) fn key_of(set: &proto::RecordSet) -> Option<SetKey> {
    let key = set.key.as_ref()?;
    Some((RecordType::parse(&key.r#type)?, key.set_identifier.clone()))
}
