use crate::record_set::RecordSet;
use controlplane_services_kernel::{Reader, Record, Stored};
use controlplane_types::dns::Name;
use minicbor::{Decode, Encode};
use serde::Serialize;

/// One name and type. Id: that of a set without identifier, so the order is that of record sets.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct RecordSetProtection {
    /// Zone it belongs to.
    #[n(0)]
    pub zone_id: String,
    /// As Route 53 prints it.
    #[n(1)]
    pub name: String,
    /// `A`, `MX`, ...
    #[n(2)]
    pub kind: String,
    /// What the client wrote about it.
    #[n(3)]
    pub comment: Option<String>,
}

impl Record for RecordSetProtection {
    const KIND: &'static str = "record_set_protection";
    const GLOBAL: bool = true;
}

impl RecordSetProtection {
    /// Every protection of a zone, in the order of record sets.
    pub(crate) fn of_zone<'r>(
        zone_id: &str,
        reader: &'r Reader,
    ) -> impl Iterator<Item = Stored<'r, Self>> + use<'r> {
        let zone_id = zone_id.to_owned();
        reader.list_from::<Self>(&zone_id).take_while(move |found| found.zone_id == zone_id)
    }
}

/// What a protection has against a change of this set.
pub(crate) fn problem_with_protection(set: &RecordSet, reader: &Reader) -> Option<String> {
    let name = Name::parse(&set.name).ok()?;
    reader.get::<RecordSetProtection>(&RecordSet::id_of(&set.zone_id, &name, &set.kind, None))?;
    Some(format!("RRSet with DNS name {}, type {} is protected and cannot be changed.", set.name, set.kind))
}

/// A protection as AWS shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ProtectionShown {
    record_name: String,
    record_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
}

impl From<&RecordSetProtection> for ProtectionShown {
    fn from(protection: &RecordSetProtection) -> Self {
        Self {
            record_name: protection.name.clone(),
            record_type: protection.kind.clone(),
            comment: protection.comment.clone(),
        }
    }
}
