//! What the zone above says of a key. Only a zone of this cluster can be looked at: the records know nothing of others.

use super::KeySigningKey;
use super::shown::digest;
use crate::{HostedZone, RecordSet};
use controlplane_services_kernel::{Reader, Record};
use controlplane_types::Key;
use controlplane_types::dns::{Name, RecordType, dnssec};

/// Whether a DS record of the zone's name, in a zone above it, names the key.
pub(crate) fn is_named_by_parent(key: &KeySigningKey, zone: &Name, reader: &Reader) -> bool {
    let above = |found: &Name| *found != *zone && zone.is_within(found);
    let is_above = |record: &HostedZone| Name::parse(&record.name).is_ok_and(|name| above(&name));
    let mut parents = reader.view.all::<HostedZone>().filter(|found| is_above(found.record));
    parents.any(|parent| {
        let id = RecordSet::id_of(parent.key.id(), zone, RecordType::Ds.as_str(), None);
        let at = Key::new(&parent.key.account(), &parent.key.scope(), RecordSet::KIND, &id);
        let set = reader.view.get::<RecordSet>(&at);
        set.is_some_and(|set| set.content.values.iter().any(|value| names(value, key, zone)))
    })
}

/// Whether DS data (`tag algorithm digest-type digest`) names the key.
fn names(value: &str, key: &KeySigningKey, zone: &Name) -> bool {
    let record = key.record();
    let (tag, digest) = (dnssec::key_tag(&record).to_string(), digest(zone, &record));
    let fields: Vec<&str> = value.split_whitespace().collect();
    let [given_tag, _, _, rest @ ..] = fields.as_slice() else {
        return false;
    };
    *given_tag == tag && rest.concat().eq_ignore_ascii_case(&digest)
}
