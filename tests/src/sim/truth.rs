//! What a region's records say, for comparison with what its machines do.

use super::manifests::GROUP;
use super::register::Register;
use controlplane_services_ec2::instance::{Instance, State};
use controlplane_services_ec2::network_interface::NetworkInterface;
use controlplane_services_ec2::subnet::Subnet;
use controlplane_services_ec2::vpc::Vpc;
use controlplane_services_kernel::View;
use controlplane_services_route53::HostedZone;
use controlplane_services_route53::change::{Change, PENDING};
use std::collections::BTreeMap;

/// A running member of the group, as recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Where it runs.
    pub node: String,
    /// In which zone it shall be.
    pub zone: String,
    /// Raised by each start.
    pub run: u64,
}

/// The group's running members, by id.
pub fn running(view: &View) -> BTreeMap<String, Member> {
    let members = view.all::<Instance>().filter(|found| found.group.as_deref() == Some(GROUP));
    let running = members.filter(|found| found.state == State::Running);
    running
        .map(|found| {
            let node = found.node.clone().unwrap_or_default();
            (found.key.id().to_owned(), Member { node, zone: found.zone.clone(), run: found.run })
        })
        .collect()
}

/// Instances that are neither running nor terminated.
pub fn on_the_way(view: &View) -> usize {
    view.all::<Instance>().filter(|found| !matches!(found.state, State::Running | State::Terminated)).count()
}

/// How many members each value of a property has.
pub fn counts<'m>(
    members: &'m BTreeMap<String, Member>,
    property: impl Fn(&'m Member) -> &'m str,
) -> BTreeMap<&'m str, usize> {
    let mut counts = BTreeMap::new();
    for member in members.values() {
        *counts.entry(property(member)).or_default() += 1;
    }
    counts
}

/// Every private address of a VPC's interfaces with how often it was given away.
pub fn addresses(view: &View) -> BTreeMap<(String, String), usize> {
    let mut counts = BTreeMap::new();
    for interface in view.all::<NetworkInterface>() {
        for address in &interface.private_addresses {
            *counts.entry((interface.vpc_id.clone(), address.to_string())).or_default() += 1;
        }
    }
    counts
}

/// Primary addresses of the group's running members, in order.
pub fn member_addresses(view: &View) -> Vec<String> {
    let members = running(view);
    let held = view
        .all::<NetworkInterface>()
        .filter(|found| found.instance_id().is_some_and(|id| members.contains_key(id)));
    let mut found: Vec<String> = held.map(|interface| interface.primary_address().to_string()).collect();
    found.sort();
    found
}

/// CIDR blocks of all VPCs with how often each is there.
pub fn vpc_cidrs(view: &View) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for vpc in view.all::<Vpc>() {
        *counts.entry(vpc.cidr.to_string()).or_default() += 1;
    }
    counts
}

/// DNS changes not every DNS server has.
pub fn pending_changes(view: &View) -> usize {
    view.find::<Change>(PENDING, "").count()
}

/// Registers of each sort.
const REGISTERS: usize = 3;

/// The registers of a region with a VPC of its own and a zone for names.
///
/// # Panics
/// When it lacks one.
pub fn registers(view: &View) -> Vec<Register> {
    let vpc = view.all::<Vpc>().find(|found| !found.is_default).map(|found| found.key.id().to_owned());
    let zone = view.all::<HostedZone>().next().map(|found| found.key.id().to_owned());
    let (vpc, zone) = (vpc.expect("a VPC"), zone.expect("a hosted zone"));
    let tags = (0..REGISTERS).map(|number| Register::Tag(vpc.clone(), format!("register-{number}")));
    let names = (0..REGISTERS).map(|number| Register::Name(zone.clone(), format!("register-{number}")));
    tags.chain(names).collect()
}

/// A declared subnet.
///
/// # Panics
/// When there is none.
pub fn subnet(view: &View) -> String {
    let declared = view.all::<Subnet>().find(|found| found.cidr.to_string() == "10.0.0.0/20");
    declared.expect("a declared subnet").key.id().to_owned()
}
