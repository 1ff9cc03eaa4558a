//! The set sorted by kind, as the plans read it.

use controlplane_proto::agent::{
    Image, Instance, Neighbor, NetworkInterface, PrivateHealthCheck, PrivateRecordSet, PrivateZone, Resolver,
    SecurityGroup, Subnet, Vpc, object,
};
use controlplane_proto::desired::DesiredSet;
use std::collections::BTreeMap;

/// References into one set, by id.
#[derive(Debug, Default)]
pub struct View<'a> {
    /// VPCs.
    pub vpcs: BTreeMap<&'a str, &'a Vpc>,
    /// Subnets.
    pub subnets: BTreeMap<&'a str, &'a Subnet>,
    /// Security groups.
    pub security_groups: BTreeMap<&'a str, &'a SecurityGroup>,
    /// Interfaces of instances on this node.
    pub interfaces: BTreeMap<&'a str, &'a NetworkInterface>,
    /// Interfaces on other nodes.
    pub neighbors: BTreeMap<&'a str, &'a Neighbor>,
    /// Images.
    pub images: BTreeMap<&'a str, &'a Image>,
    /// Instances.
    pub instances: BTreeMap<&'a str, &'a Instance>,
    /// Resolvers, by VPC.
    pub resolvers: BTreeMap<&'a str, &'a Resolver>,
    /// Private zones.
    pub private_zones: BTreeMap<&'a str, &'a PrivateZone>,
    /// Their record sets.
    pub private_record_sets: BTreeMap<&'a str, &'a PrivateRecordSet>,
    /// Health checks that are probed from inside VPCs.
    pub private_health_checks: BTreeMap<&'a str, &'a PrivateHealthCheck>,
}

impl<'a> View<'a> {
    /// Sorts `set`.
    pub fn of(set: &'a DesiredSet) -> Self {
        let mut view = Self::default();
        for (_, object) in set.iter() {
            if let Some(object) = &object.object {
                view.add(object);
            }
        }
        view
    }

    fn add(&mut self, object: &'a object::Object) {
        use object::Object as O;
        match object {
            O::Vpc(it) => drop(self.vpcs.insert(&it.id, it)),
            O::Subnet(it) => drop(self.subnets.insert(&it.id, it)),
            O::SecurityGroup(it) => drop(self.security_groups.insert(&it.id, it)),
            O::NetworkInterface(it) => drop(self.interfaces.insert(&it.id, it)),
            O::Neighbor(it) => drop(self.neighbors.insert(&it.network_interface_id, it)),
            O::Image(it) => drop(self.images.insert(&it.id, it)),
            O::Instance(it) => drop(self.instances.insert(&it.id, it)),
            O::Resolver(it) => drop(self.resolvers.insert(&it.vpc_id, it)),
            O::PrivateZone(it) => drop(self.private_zones.insert(&it.id, it)),
            O::PrivateRecordSet(it) => drop(self.private_record_sets.insert(&it.id, it)),
            O::PrivateHealthCheck(it) => drop(self.private_health_checks.insert(&it.id, it)),
        }
    }
}
