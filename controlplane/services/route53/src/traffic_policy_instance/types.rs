use crate::change::Change;
use crate::page;
use controlplane_services_kernel::{Reader, Record};
use minicbor::{Decode, Encode};
use serde::Serialize;

/// An instance. Id: a UUID.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct TrafficPolicyInstance {
    /// Zone of its record sets.
    #[n(0)]
    pub zone_id: String,
    /// Name of the root.
    #[n(1)]
    pub name: String,
    /// Type of its record sets; cannot change.
    #[n(2)]
    pub kind: String,
    /// Seconds, of all values.
    #[n(3)]
    pub ttl: u32,
    /// The policy.
    #[n(4)]
    pub traffic_policy_id: String,
    /// Number of its version.
    #[n(5)]
    pub traffic_policy_version: i32,
    /// The change that made its record sets.
    #[n(6)]
    pub change_id: String,
}

impl Record for TrafficPolicyInstance {
    const KIND: &'static str = "traffic_policy_instance";
    const GLOBAL: bool = true;
}

impl TrafficPolicyInstance {
    /// Whether both would have the same root.
    pub(super) fn is_in_place_of(&self, other: &Self) -> bool {
        (&self.zone_id, &self.name, &self.kind) == (&other.zone_id, &other.name, &other.kind)
    }

    /// Whether it was made of this version of a policy.
    pub(crate) fn is_of(&self, policy_id: &str, number: i32) -> bool {
        self.traffic_policy_id == policy_id && self.traffic_policy_version == number
    }

    /// AWS's word for how far the DNS servers are. Changes are forgotten long after every server has them.
    pub(super) fn state(&self, reader: &Reader) -> &'static str {
        let change = reader.get::<Change>(page::bare_id(&self.change_id, "change"));
        if change.is_none_or(|change| change.in_sync) { "Applied" } else { "Creating" }
    }
}

/// An instance as AWS shows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TrafficPolicyInstanceShown {
    id: String,
    hosted_zone_id: String,
    name: String,
    #[serde(rename = "TTL")]
    ttl: u32,
    state: &'static str,
    message: &'static str,
    traffic_policy_id: String,
    traffic_policy_version: i32,
    traffic_policy_type: String,
}

impl TrafficPolicyInstanceShown {
    pub(super) fn of(id: &str, instance: &TrafficPolicyInstance, reader: &Reader) -> Self {
        Self {
            id: id.to_owned(),
            hosted_zone_id: instance.zone_id.clone(),
            name: instance.name.clone(),
            ttl: instance.ttl,
            state: instance.state(reader),
            message: "",
            traffic_policy_id: instance.traffic_policy_id.clone(),
            traffic_policy_version: instance.traffic_policy_version,
            traffic_policy_type: instance.kind.clone(),
        }
    }
}
