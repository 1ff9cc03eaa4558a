//! What the nodes of a VPC are told of it. All of them are told the same but for their own interfaces, so it is made
//! once per revision and shared: a change in a VPC of a thousand interfaces on a hundred nodes makes a thousand objects
//! and not a hundred thousand.
//!
//! An object that did not change keeps its place in memory over revisions; so the sets the sessions hold share it, and
//! to compare two sets is mostly to compare pointers.

use crate::dns_feed::{told_health_check, told_record_set};
use controlplane_proto::agent::{self as proto, Object, object, route, security_group_rule};
use controlplane_proto::desired::ObjectRef;
use controlplane_services_ec2::instance::Instance;
use controlplane_services_ec2::internet_gateway;
use controlplane_services_ec2::network_interface::{self, NetworkInterface};
use controlplane_services_ec2::prefix_list;
use controlplane_services_ec2::route_table::{self, Way};
use controlplane_services_ec2::security_group::{self, Peer, SecurityGroupRule};
use controlplane_services_ec2::subnet::{self, Subnet};
use controlplane_services_ec2::vpc::Vpc;
use controlplane_services_kernel::{Caller, Reader, Stored};
use controlplane_services_native::{Node, Region};
use controlplane_services_route53::health_check::PROBED_IN_VPC;
use controlplane_services_route53::hosted_zone::OF_VPC;
use controlplane_services_route53::vpc_association::AssociatedVpc;
use controlplane_services_route53::{HealthCheck, HostedZone, RecordSet};
use controlplane_types::{Key, Revision};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

type Shared = (ObjectRef, Arc<Object>);

/// One VPC at one revision.
#[derive(Default)]
pub(super) struct Network {
    /// The VPC, its subnets and security groups, what its resolver answers, and what is probed from inside it.
    common: Vec<Shared>,
    interfaces: Vec<Interface>,
}

/// An interface that an instance with a node holds.
struct Interface {
    node: String,
    /// For that node.
    own: Shared,
    /// For every other node.
    neighbor: Shared,
}

impl Network {
    /// What `node` is told.
    pub(super) fn objects<'n>(&'n self, node: &'n str) -> impl Iterator<Item = &'n Shared> {
        let interfaces = self.interfaces.iter();
        let told = interfaces.map(move |it| if it.node == node { &it.own } else { &it.neighbor });
        self.common.iter().chain(told)
    }

    fn everything(&self) -> impl Iterator<Item = &Shared> {
        self.common.iter().chain(self.interfaces.iter().flat_map(|it| [&it.own, &it.neighbor]))
    }
}

/// By the key of the VPC, with the revision each was made at.
type Known = BTreeMap<Key, (Revision, Arc<Network>)>;

/// The VPCs that nodes were told of, each as it was last.
#[derive(Default)]
pub(crate) struct Networks(Mutex<Known>);

impl Networks {
    /// The VPC `id` as `reader` sees it.
    pub(super) fn of_vpc(&self, id: &str, reader: &Reader) -> Arc<Network> {
        let key = reader.key::<Vpc>(id);
        let revision = reader.view.revision();
        // A panic while holding the map leaves it whole: what is in it is only ever replaced.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = known.get(&key);
        if let Some((_, network)) = before.filter(|(made_at, _)| *made_at == revision) {
            return network.clone();
        }
        let network = Arc::new(Builder::new(before.map(|(_, network)| network.as_ref()), reader).build(id));
        known.retain(|vpc, _| reader.view.get::<Vpc>(vpc).is_some());
        known.insert(key, (revision, network.clone()));
        network
    }
}

struct Builder<'b> {
    reader: &'b Reader,
    /// Objects of the revision before, to keep those that did not change.
    before: BTreeMap<&'b ObjectRef, &'b Arc<Object>>,
    network: Network,
}

impl<'b> Builder<'b> {
    fn new(before: Option<&'b Network>, reader: &'b Reader) -> Self {
        let before =
            before.into_iter().flat_map(Network::everything).map(|shared| (&shared.0, &shared.1)).collect();
        Self { reader, before, network: Network::default() }
    }

    fn build(mut self, id: &str) -> Network {
        let reader = self.reader;
        let Some(vpc) = reader.get::<Vpc>(id) else { return self.network };
        let gateway = internet_gateway::of_vpc(id, reader).is_some();
        let region = Region::current(reader).ok().filter(|_| gateway);
        let public_cidr = region.map(|region| region.public_addresses.to_string());
        self.common(object::Object::Vpc(proto::Vpc {
            id: id.to_owned(),
            vni: vpc.vni,
            cidrs: vpc.cidrs().iter().map(ToString::to_string).collect(),
            internet_gateway: gateway,
            public_cidr: public_cidr.unwrap_or_default(),
        }));
        self.names(id, vpc);
        self.health_checks(id);
        for found in subnet::of_vpc(id, reader) {
            self.common(object::Object::Subnet(told_subnet(&found, reader)));
        }
        for found in security_group::of_vpc(id, reader) {
            self.common(object::Object::SecurityGroup(told_group(found.key.id(), id, reader)));
        }
        for found in network_interface::of_vpc(id, reader) {
            self.interface(&found);
        }
        self.network
    }

    /// What the VPC's resolver answers. Private zones only where both attributes are on, as with AWS.
    fn names(&mut self, id: &str, vpc: &Vpc) {
        let reader = self.reader;
        let region = reader.caller.region.to_string();
        let answers_in = |vpc: &AssociatedVpc| vpc.id == id && vpc.region == region;
        let zones: Vec<Stored<'_, HostedZone>> = reader
            .view
            .find::<HostedZone>(OF_VPC, id)
            .filter(|zone| vpc.dns_support && vpc.dns_hostnames && zone.vpcs().iter().any(answers_in))
            .collect();
        self.common(object::Object::Resolver(proto::Resolver {
            vpc_id: id.to_owned(),
            enabled: vpc.dns_support,
            hostnames: vpc.dns_hostnames,
            region,
            zone_ids: zones.iter().map(|zone| zone.key.id().to_owned()).collect(),
        }));
        for zone in zones {
            self.private_zone(&zone);
        }
    }

    fn private_zone(&mut self, zone: &Stored<'_, HostedZone>) {
        let id = zone.key.id();
        self.common(object::Object::PrivateZone(proto::PrivateZone {
            id: id.to_owned(),
            name: zone.name.clone(),
        }));
        let owner = Caller::controller(zone.key.account(), self.reader.caller.region.clone(), "desired");
        let owner = Reader::new(self.reader.view.clone(), owner, self.reader.now);
        for set in RecordSet::of_zone(id, &owner) {
            self.common(object::Object::PrivateRecordSet(proto::PrivateRecordSet {
                id: set.key.id().to_owned(),
                record_set: Some(Box::new(told_record_set(set.record))),
            }));
        }
    }

    /// What is probed from inside the VPC. The check is its owner's.
    fn health_checks(&mut self, id: &str) {
        let reader = self.reader;
        let region = reader.caller.region.to_string();
        let checks = reader.view.find::<HealthCheck>(PROBED_IN_VPC, id).filter(|check| {
            let is_here = check.vpc.as_ref().is_some_and(|vpc| vpc.region == region);
            is_here && !check.disabled && check.key.account() == reader.caller.account
        });
        for check in checks {
            self.common(object::Object::PrivateHealthCheck(proto::PrivateHealthCheck {
                id: check.key.id().to_owned(),
                health_check: Some(Box::new(told_health_check(check.key, check.record))),
            }));
        }
    }

    fn common(&mut self, object: object::Object) {
        let shared = self.share(object);
        self.network.common.extend(shared);
    }

    /// An interface of an instance that has a node; nobody is told of others.
    fn interface(&mut self, interface: &Stored<'_, NetworkInterface>) {
        let holder = interface.instance_id().and_then(|id| self.reader.get::<Instance>(id));
        let Some(node) = holder.and_then(|instance| instance.node.clone()) else { return };
        let id = interface.key.id();
        let own = self.share(object::Object::NetworkInterface(own_interface(id, interface.record)));
        let neighbor =
            self.share(object::Object::Neighbor(neighbor(id, interface.record, &node, self.reader)));
        let pair = own.zip(neighbor);
        self.network.interfaces.extend(pair.map(|(own, neighbor)| Interface { node, own, neighbor }));
    }

    /// The object in the place it had, if it is what it was.
    fn share(&self, object: object::Object) -> Option<Shared> {
        let object = Object { object: Some(object) };
        match ObjectRef::of(&object) {
            Ok(key) => {
                let kept = self.before.get(&key).filter(|before| before.as_ref() == &object);
                let object = kept.map_or_else(|| Arc::new(object), |kept| Arc::clone(kept));
                Some((key, object))
            }
            // Every object has an id of its own; one that had none would be no record.
            Err(error) => {
                tracing::error!(%error, "a record cannot be told to the agents");
                None
            }
        }
    }
}

fn told_subnet(subnet: &Stored<'_, Subnet>, reader: &Reader) -> proto::Subnet {
    let routes = route_table::in_force(subnet.key.id(), reader).into_iter().map(|found| {
        let (target, network_interface_id) = match found.way {
            Way::Local => (route::Target::Local, String::new()),
            Way::InternetGateway => (route::Target::InternetGateway, String::new()),
            Way::NetworkInterface(id) => (route::Target::NetworkInterface, id),
            Way::Blackhole => (route::Target::Blackhole, String::new()),
        };
        proto::Route {
            destination: found.destination.to_string(),
            target: target.into(),
            network_interface_id,
        }
    });
    proto::Subnet {
        id: subnet.key.id().to_owned(),
        vpc_id: subnet.vpc_id.clone(),
        cidrs: subnet.cidrs().iter().map(ToString::to_string).collect(),
        routes: routes.collect(),
    }
}

fn told_group(id: &str, vpc_id: &str, reader: &Reader) -> proto::SecurityGroup {
    let rules =
        security_group::rules_of(id, reader).flat_map(|found| rules(found.key.id(), found.record, reader));
    let members = network_interface::member_addresses(id, reader);
    proto::SecurityGroup {
        id: id.to_owned(),
        vpc_id: vpc_id.to_owned(),
        rules: rules.collect(),
        member_addresses: members.iter().map(ToString::to_string).collect(),
    }
}

fn own_interface(id: &str, interface: &NetworkInterface) -> proto::NetworkInterface {
    let public =
        interface.public_addresses().map(|(private, public)| (private.to_string(), public.to_string()));
    proto::NetworkInterface {
        id: id.to_owned(),
        vpc_id: interface.vpc_id.clone(),
        subnet_id: interface.subnet_id.clone(),
        mac_address: interface.mac_address.clone(),
        private_addresses: interface.private_addresses.iter().map(ToString::to_string).collect(),
        ipv6_addresses: interface.ipv6_addresses.iter().map(ToString::to_string).collect(),
        security_group_ids: interface.groups.clone(),
        source_dest_check: interface.source_dest_check,
        public_addresses: public.collect(),
    }
}

/// Where the other nodes find an interface.
fn neighbor(id: &str, interface: &NetworkInterface, node: &str, reader: &Reader) -> proto::Neighbor {
    let record = reader.view.get::<Node>(&Node::key(&reader.caller.region, node));
    proto::Neighbor {
        network_interface_id: id.to_owned(),
        vpc_id: interface.vpc_id.clone(),
        mac_address: interface.mac_address.clone(),
        addresses: interface.addresses().iter().map(ToString::to_string).collect(),
        underlay_address: record.map(|node| node.underlay_address.clone()).unwrap_or_default(),
    }
}

/// A rule as machines know it: one for each block of a prefix list, all under its id.
fn rules(id: &str, rule: &SecurityGroupRule, reader: &Reader) -> Vec<proto::SecurityGroupRule> {
    let peers = match &rule.peer {
        Peer::Cidr(block) => vec![security_group_rule::Peer::Cidr(block.to_string())],
        Peer::Group(group) => vec![security_group_rule::Peer::GroupId(group.clone())],
        Peer::PrefixList(list) => {
            let blocks = prefix_list::entries(list, reader).iter().map(|entry| entry.cidr.to_string());
            blocks.map(security_group_rule::Peer::Cidr).collect()
        }
    };
    let told = |peer| proto::SecurityGroupRule {
        id: id.to_owned(),
        egress: rule.egress,
        protocol: rule.protocol.clone(),
        from_port: rule.from_port,
        to_port: rule.to_port,
        peer: Some(peer),
    };
    peers.into_iter().map(told).collect()
}
