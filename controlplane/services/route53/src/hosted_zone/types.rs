use crate::RecordSet;
use crate::record_set::IN_ZONE;
use controlplane_services_kernel::{Reader, Record};
use controlplane_types::Timestamp;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// A zone. Id: `Z` and capitals.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct HostedZone {
    /// As Route 53 prints it: lower case, escaped, trailing dot.
    #[n(0)]
    pub name: String,
    /// The client's reference; never usable again.
    #[n(1)]
    pub caller_reference: String,
    /// What the client wrote about it.
    #[n(2)]
    pub comment: Option<String>,
    /// The four names of its NS set.
    #[n(3)]
    pub name_servers: Vec<String>,
    /// When it was created.
    #[n(4)]
    pub created_at: Timestamp,
    /// The reusable delegation set whose name servers they are.
    #[n(5)]
    pub delegation_set_id: Option<String>,
}

/// Index: zones of a reusable delegation set.
pub(crate) const OF_DELEGATION_SET: &str = "of_delegation_set";

impl Record for HostedZone {
    const KIND: &'static str = "hosted_zone";
    const GLOBAL: bool = true;

    fn index(&self, add: &mut dyn FnMut(&'static str, &str)) {
        if let Some(set) = &self.delegation_set_id {
            add(OF_DELEGATION_SET, set);
        }
    }
}

impl HostedZone {
    /// How many record sets the zone has.
    pub fn record_set_count(id: &str, reader: &Reader) -> usize {
        let count = reader.view.tally::<RecordSet>(&reader.scope::<RecordSet>(), IN_ZONE, id);
        usize::try_from(count).unwrap_or_default()
    }
}

/// `HostedZoneConfig` on the wire.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct HostedZoneConfig {
    /// What the client writes about the zone.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub comment: Option<String>,
    /// Always false here.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub private_zone: Option<bool>,
}

/// A zone as AWS shows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct HostedZoneShown {
    id: String,
    name: String,
    caller_reference: String,
    config: HostedZoneConfig,
    resource_record_set_count: usize,
}

impl HostedZoneShown {
    pub(super) fn of(id: &str, zone: &HostedZone, reader: &Reader) -> Self {
        Self {
            id: format!("/hostedzone/{id}"),
            name: zone.name.clone(),
            caller_reference: zone.caller_reference.clone(),
            config: HostedZoneConfig { comment: zone.comment.clone(), private_zone: Some(false) },
            resource_record_set_count: HostedZone::record_set_count(id, reader),
        }
    }
}
