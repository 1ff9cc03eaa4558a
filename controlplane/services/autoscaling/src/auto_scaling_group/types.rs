use super::maintenance::MaintenancePolicy;
use crate::service_registry::ServiceRegistry;
use controlplane_services_ec2::launch_template::LaunchTemplateSpecification;
use controlplane_services_ec2::subnet::Subnet;
use controlplane_services_kernel::{Reader, Record};
use controlplane_types::Timestamp;
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;

/// A group. Id: its name.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct AutoScalingGroup {
    /// No fewer.
    #[n(0)]
    pub min_size: u32,
    /// No more.
    #[n(1)]
    pub max_size: u32,
    /// As many.
    #[n(2)]
    pub desired_capacity: u32,
    /// What instances are made from.
    #[n(3)]
    pub template: TemplateChoice,
    /// Where, one or more per zone.
    #[n(4)]
    pub subnet_ids: Vec<String>,
    /// Seconds a young instance's health is not judged.
    #[n(5)]
    pub health_check_grace_seconds: u32,
    /// Tags of the group.
    #[n(6)]
    pub tags: Vec<GroupTag>,
    /// Keeps a DNS name filled.
    #[n(7)]
    pub service_registry: Option<ServiceRegistry>,
    /// When it was created.
    #[n(8)]
    pub created_at: Timestamp,
    /// It is being deleted: its instances go first.
    #[n(9)]
    pub deleting: bool,
    /// Members somebody declared unhealthy.
    #[n(10)]
    pub unhealthy: BTreeMap<String, Declared>,
    /// A launch failed: not before this time again.
    #[n(11)]
    pub retry: Option<Retry>,
    /// How far it may shrink and grow while members are replaced.
    #[n(12)]
    pub maintenance_policy: Option<MaintenancePolicy>,
}

/// What instances are made from.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct TemplateChoice {
    /// `lt-...`.
    #[n(0)]
    pub id: String,
    /// A number, `$Default` or `$Latest`.
    #[n(1)]
    pub version: String,
}

/// A tag of a group.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct GroupTag {
    /// Key.
    #[n(0)]
    pub key: String,
    /// Value.
    #[n(1)]
    pub value: String,
    /// New instances get it too.
    #[n(2)]
    pub propagate_at_launch: bool,
}

/// From when a declared illness counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Declared {
    /// When the member's grace is over.
    #[n(0)]
    AfterGrace,
    /// At once.
    #[n(1)]
    AtOnce,
}

/// The wait after failed launches.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Retry {
    /// When to try again.
    #[n(0)]
    pub at: Timestamp,
    /// Failures in a row.
    #[n(1)]
    pub failures: u32,
}

impl Record for AutoScalingGroup {
    const KIND: &'static str = "auto_scaling_group";
}

impl TemplateChoice {
    /// As EC2 wants to be told of it.
    pub(super) fn specification(&self) -> LaunchTemplateSpecification {
        LaunchTemplateSpecification {
            launch_template_id: Some(self.id.clone()),
            launch_template_name: None,
            version: Some(self.version.clone()),
        }
    }
}

impl AutoScalingGroup {
    /// Tags that new instances get too.
    pub(super) fn propagated(&self) -> impl Iterator<Item = (String, String)> {
        let propagated = self.tags.iter().filter(|tag| tag.propagate_at_launch);
        propagated.map(|tag| (tag.key.clone(), tag.value.clone()))
    }

    /// Zones of its subnets, in order.
    pub fn zones(&self, reader: &Reader) -> Vec<String> {
        let zones = self.subnet_ids.iter().filter_map(|id| reader.get::<Subnet>(id));
        let mut zones: Vec<String> = zones.map(|subnet| subnet.zone.clone()).collect();
        zones.sort();
        zones.dedup();
        zones
    }
}
