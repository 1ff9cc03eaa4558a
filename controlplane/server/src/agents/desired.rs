//! What a node should have, from the records: its instances and everything they need of the VPCs they are in.
//!
//! Pure. A node gets the whole of every VPC it hosts something of, and nothing of any other.

use controlplane_proto::agent::{
    self as proto, Object, instance, object, route, security_group_rule,
};
use controlplane_proto::desired::DesiredSet;
use controlplane_services_ec2::instance::{Instance, State};
use controlplane_services_ec2::network_interface::{self, NetworkInterface};
use controlplane_services_ec2::route_table::{self, Way};
use controlplane_services_ec2::security_group::{self, Peer, SecurityGroupRule};
use controlplane_services_ec2::subnet::{self, Subnet};
use controlplane_services_ec2::vpc::Vpc;
use controlplane_services_ec2::{image, instance_type, internet_gateway, tag};
use controlplane_services_kernel::{Caller, Reader, Stored, View};
use controlplane_services_native::Node;
use controlplane_services_native::node::HELD_BY;
use controlplane_types::{AccountId, RegionName, Scope, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// The desired set of `node`.
pub(super) fn of_node(view: &View, region: &RegionName, node: &str) -> DesiredSet {
    let mut builder = Builder { view, region, node, set: DesiredSet::default() };
    builder.build();
    builder.set
}

struct Builder<'v> {
    view: &'v View,
    region: &'v RegionName,
    node: &'v str,
    set: DesiredSet,
}

impl Builder<'_> {
    fn build(&mut self) {
        let scope = Scope::from(self.region);
        let view = self.view;
        let held = view.find::<Instance>(HELD_BY, self.node).filter(|found| found.key.scope() == scope);
        let mut vpcs: BTreeSet<(AccountId, String)> = BTreeSet::new();
        for instance in held {
            let reader = self.reader(instance.key.account());
            self.instance(&instance, &reader);
            vpcs.insert((instance.key.account(), instance.vpc_id.clone()));
        }
        for (account, vpc_id) in vpcs {
            let reader = self.reader(account);
            self.vpc(&vpc_id, &reader);
        }
    }

    fn reader(&self, account: AccountId) -> Reader {
        let caller = Caller::controller(account, self.region.clone(), "desired");
        Reader::new(self.view.clone(), caller, Timestamp::default())
    }

    fn add(&mut self, object: object::Object) {
        // Every object has an id of its own; one that had none would be no record.
        if let Err(error) = self.set.insert(Object { object: Some(object) }) {
            tracing::error!(node = self.node, %error, "a record cannot be told to the agent");
        }
    }

    fn instance(&mut self, instance: &Stored<'_, Instance>, reader: &Reader) {
        let id = instance.key.id();
        let shape = instance_type::find(&instance.instance_type);
        self.image(&instance.image_id, reader);
        self.add(object::Object::Instance(proto::Instance {
            id: id.to_owned(),
            run: instance.run,
            target: target(instance.state).into(),
            image_id: instance.image_id.clone(),
            vcpus: shape.map_or(1, |shape| shape.vcpus),
            memory_mib: shape.map_or(512, |shape| shape.memory_mib),
            network_interface_ids: instance.interfaces.clone(),
            user_data: instance.user_data.as_ref().map(|data| data.to_vec()).unwrap_or_default(),
            metadata: Some(self.metadata(id, instance.record, reader)),
            hostname: id.to_owned(),
        }));
    }

    fn metadata(&self, id: &str, instance: &Instance, reader: &Reader) -> proto::Metadata {
        let options = instance.metadata_options;
        let tags: BTreeMap<String, String> = if options.tags { tag::map(id, reader) } else { BTreeMap::new() };
        proto::Metadata {
            account_id: reader.caller.account.to_string(),
            region: self.region.to_string(),
            availability_zone: instance.zone.clone(),
            instance_type: instance.instance_type.clone(),
            reservation_id: instance.reservation_id.clone(),
            launch_index: instance.launch_index,
            key_name: instance.key_name.clone().unwrap_or_default(),
            public_key: instance.public_key.clone().unwrap_or_default(),
            pending_time_ms: instance.launched_at.as_millis(),
            tags,
            http_tokens_required: options.tokens_required,
            hop_limit: options.hop_limit,
            enabled: options.enabled,
        }
    }

    fn image(&mut self, id: &str, reader: &Reader) {
        let Some((_, image)) = image::find(id, reader) else { return };
        let (source, digest) = match &image.source {
            image::Source::Builtin(name) => (format!("builtin:{name}"), format!("builtin:{name}")),
            image::Source::Import(digest) => ("import".to_owned(), digest.clone()),
        };
        self.add(object::Object::Image(proto::Image {
            id: id.to_owned(),
            digest,
            source,
            command: image.command.clone(),
            environment: image.environment.clone(),
            working_directory: image.working_directory.clone(),
        }));
    }

    fn vpc(&mut self, id: &str, reader: &Reader) {
        let Some(vpc) = reader.get::<Vpc>(id) else { return };
        self.add(object::Object::Vpc(proto::Vpc {
            id: id.to_owned(),
            vni: vpc.vni,
            cidrs: vpc.cidrs().iter().map(ToString::to_string).collect(),
            internet_gateway: internet_gateway::of_vpc(id, reader).is_some(),
        }));
        for found in subnet::of_vpc(id, reader) {
            self.subnet(&found, reader);
        }
        for found in security_group::of_vpc(id, reader) {
            self.security_group(found.key.id(), id, reader);
        }
        for found in network_interface::of_vpc(id, reader) {
            self.interface(&found, reader);
        }
    }

    fn subnet(&mut self, subnet: &Stored<'_, Subnet>, reader: &Reader) {
        let routes = route_table::in_force(subnet.key.id(), reader).into_iter().map(|found| {
            let (target, network_interface_id) = match found.way {
                Way::Local => (route::Target::Local, String::new()),
                Way::InternetGateway => (route::Target::InternetGateway, String::new()),
                Way::NetworkInterface(id) => (route::Target::NetworkInterface, id),
                Way::Blackhole => (route::Target::Blackhole, String::new()),
            };
            proto::Route { destination: found.destination.to_string(), target: target.into(), network_interface_id }
        });
        self.add(object::Object::Subnet(proto::Subnet {
            id: subnet.key.id().to_owned(),
            vpc_id: subnet.vpc_id.clone(),
            cidrs: subnet.cidrs().iter().map(ToString::to_string).collect(),
            routes: routes.collect(),
        }));
    }

    fn security_group(&mut self, id: &str, vpc_id: &str, reader: &Reader) {
        let rules = security_group::rules_of(id, reader).map(|found| rule(found.key.id(), found.record));
        let members = network_interface::member_addresses(id, reader);
        self.add(object::Object::SecurityGroup(proto::SecurityGroup {
            id: id.to_owned(),
            vpc_id: vpc_id.to_owned(),
            rules: rules.collect(),
            member_addresses: members.iter().map(ToString::to_string).collect(),
        }));
    }

    /// An interface of this node, or where to find one of another node.
    fn interface(&mut self, interface: &Stored<'_, NetworkInterface>, reader: &Reader) {
        let holder = interface.instance_id().and_then(|id| reader.get::<Instance>(id));
        let Some(node) = holder.and_then(|instance| instance.node.as_deref()) else { return };
        let id = interface.key.id().to_owned();
        let addresses: Vec<String> = interface.addresses().iter().map(ToString::to_string).collect();
        if node == self.node {
            return self.add(object::Object::NetworkInterface(own_interface(id, interface.record)));
        }
        let underlay = self.view.get::<Node>(&Node::key(self.region, node)).map(|node| node.underlay_address.clone());
        self.add(object::Object::Neighbor(proto::Neighbor {
            network_interface_id: id,
            vpc_id: interface.vpc_id.clone(),
            mac_address: interface.mac_address.clone(),
            addresses,
            underlay_address: underlay.unwrap_or_default(),
        }));
    }
}

fn own_interface(id: String, interface: &NetworkInterface) -> proto::NetworkInterface {
    let public = interface.public_address.map(|public| (interface.primary_address().to_string(), public.to_string()));
    proto::NetworkInterface {
        id,
        vpc_id: interface.vpc_id.clone(),
        subnet_id: interface.subnet_id.clone(),
        mac_address: interface.mac_address.clone(),
        private_addresses: interface.private_addresses.iter().map(ToString::to_string).collect(),
        ipv6_addresses: interface.ipv6_addresses.iter().map(ToString::to_string).collect(),
        security_group_ids: interface.groups.clone(),
        source_dest_check: interface.source_dest_check,
        public_addresses: public.into_iter().collect(),
    }
}

fn rule(id: &str, rule: &SecurityGroupRule) -> proto::SecurityGroupRule {
    let peer = match &rule.peer {
        Peer::Cidr(block) => security_group_rule::Peer::Cidr(block.to_string()),
        Peer::Group(group) => security_group_rule::Peer::GroupId(group.clone()),
    };
    proto::SecurityGroupRule {
        id: id.to_owned(),
        egress: rule.egress,
        protocol: rule.protocol.clone(),
        from_port: rule.from_port,
        to_port: rule.to_port,
        peer: Some(peer),
    }
}

fn target(state: State) -> instance::Target {
    match state {
        State::Pending | State::Running => instance::Target::Running,
        State::Stopping | State::Stopped => instance::Target::Stopped,
        State::ShuttingDown | State::Terminated => instance::Target::Terminated,
    }
}
