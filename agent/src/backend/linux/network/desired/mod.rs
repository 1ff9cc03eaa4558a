//! From the networks wanted to the kernel objects wanted, without looking at the kernel.

mod host;
mod instance;
mod vpc;

use super::Config;
use super::model::{Link, LinkKind, Place, Plane, Setting, World};
use super::names::{self, LOOPBACK};
use super::topology::{Topology, Vpc, object_key};
use controlplane_proto::agent as proto;
use std::collections::BTreeMap;

/// What a packet on a cable may weigh.
const MTU: u32 = 1500;
/// The same, less the outer IPv4 or IPv6, UDP and VXLAN headers (RFC 7348; 50 and 70 bytes).
const OVERLAY_MTU: u32 = 1430;
const LOOPBACK_MTU: u32 = 65536;

/// Everything wanted of the kernel. A VPC without an interface on this machine needs nothing here.
pub(super) fn world(topology: &Topology, config: &Config) -> World {
    let mut world = World::from([(Place::Host, host::plane(topology, config))]);
    for (id, vpc) in used(topology) {
        world.insert(Place::Vpc(id.clone()), vpc::plane(id, vpc, config));
        for (interface_id, interface) in &vpc.interfaces {
            let place = Place::Instance(interface.instance_id.clone());
            let plane = world.entry(place).or_insert_with(instance::empty_plane);
            instance::add_interface(plane, vpc, interface_id, interface);
        }
    }
    world
}

/// Whom a failure concerns, by place and link.
pub(super) fn owners(topology: &Topology, config: &Config) -> BTreeMap<(Place, String), proto::ObjectKey> {
    let mut owners = BTreeMap::new();
    for (vpc_id, vpc) in used(topology) {
        owners.insert((Place::Host, names::host_link(&config.prefix, vpc_id)), object_key("vpc", vpc_id));
        for (id, interface) in &vpc.interfaces {
            let key = object_key("network_interface", id);
            let far_end = names::instance_link(interface.device_index);
            owners.insert((Place::Vpc(vpc_id.clone()), interface.link.clone()), key.clone());
            owners.insert((Place::Instance(interface.instance_id.clone()), far_end), key);
        }
    }
    owners
}

/// The VPCs that have something to run here.
pub(super) fn used(topology: &Topology) -> impl Iterator<Item = (&String, &Vpc)> {
    topology.vpcs.iter().filter(|(_, vpc)| !vpc.interfaces.is_empty())
}

/// A plane with its loopback device up.
fn plane_with_loopback() -> Plane {
    let loopback =
        Link { alias: String::new(), mac: [0; 6], mtu: LOOPBACK_MTU, up: true, kind: LinkKind::Loopback };
    Plane { links: BTreeMap::from([(LOOPBACK.to_owned(), loopback)]), ..Plane::default() }
}

/// One end of a cable. The end that names its `peer` is the one the cable is made from.
fn cable_end(alias: &str, mac: names::Mac, peer: Option<(Place, String)>) -> Link {
    Link { alias: alias.to_owned(), mac, mtu: MTU, up: true, kind: LinkKind::Veth { peer } }
}

fn settings(values: &[(&str, &str)]) -> BTreeMap<Setting, String> {
    values.iter().map(|(name, value)| (Setting::of_namespace(name), (*value).to_owned())).collect()
}
