use crate::RecordSet;
use crate::accelerated_recovery::HostedZoneFeatures;
use crate::record_set::IN_ZONE;
use crate::vpc_association::AssociatedVpc;
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
    /// The VPCs it answers in, ordered. `None`: it is public, and stays so.
    #[n(6)]
    pub vpcs: Option<Vec<AssociatedVpc>>,
    /// It wants that its record sets can be changed although a server of the control plane is lost; public ones only.
    #[cbor(n(7), default)]
    pub accelerated_recovery: bool,
    /// See [`Self::serial`]; `None` before the first change.
    #[n(8)]
    pub changed_serial: Option<u32>,
}

/// Index: zones of a reusable delegation set.
pub(crate) const OF_DELEGATION_SET: &str = "of_delegation_set";
/// Index: private zones of a VPC, over all accounts.
pub const OF_VPC: &str = "of_vpc";

/// Index: zones that want accelerated recovery, over all accounts; the value says nothing.
pub(crate) const WANT_ACCELERATED_RECOVERY: &str = "want_accelerated_recovery";

impl Record for HostedZone {
    const KIND: &'static str = "hosted_zone";
    const GLOBAL: bool = true;

    fn index(&self, add: &mut dyn FnMut(&'static str, &str)) {
        if let Some(set) = &self.delegation_set_id {
            add(OF_DELEGATION_SET, set);
        }
        for vpc in self.vpcs() {
            add(OF_VPC, &vpc.id);
        }
        if self.accelerated_recovery {
            add(WANT_ACCELERATED_RECOVERY, "");
        }
    }
}

impl HostedZone {
    /// Whether it answers inside VPCs only.
    pub fn is_private(&self) -> bool {
        self.vpcs.is_some()
    }

    /// The VPCs it answers in; none for a public one.
    pub fn vpcs(&self) -> &[AssociatedVpc] {
        self.vpcs.as_deref().unwrap_or_default()
    }

    /// Rises with every change of the record sets, in the sense of RFC 1982: what servers that keep copies of the zone go by. It
    /// is the time of the change in seconds, so a zone that is deleted and created again goes on above where it was, and one
    /// more than before if that time was used already.
    pub fn serial(&self) -> u32 {
        self.changed_serial.unwrap_or(self.created_at.as_secs() as u32)
    }

    /// The same after its record sets changed at `now`.
    pub(crate) fn changed(self, now: Timestamp) -> Self {
        let (last, now) = (self.serial(), now.as_secs() as u32);
        let is_later = 0 < now.wrapping_sub(last).cast_signed();
        Self { changed_serial: Some(if is_later { now } else { last.wrapping_add(1) }), ..self }
    }

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
    /// Whether it answers inside VPCs only; a request that says so names a VPC as well.
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
    #[serde(skip_serializing_if = "Option::is_none")]
    features: Option<HostedZoneFeatures>,
}

impl HostedZoneShown {
    pub(super) fn of(id: &str, zone: &HostedZone, reader: &Reader) -> Self {
        Self {
            id: format!("/hostedzone/{id}"),
            name: zone.name.clone(),
            caller_reference: zone.caller_reference.clone(),
            config: HostedZoneConfig { comment: zone.comment.clone(), private_zone: Some(zone.is_private()) },
            resource_record_set_count: HostedZone::record_set_count(id, reader),
            features: HostedZoneFeatures::of(zone, reader),
        }
    }
}
