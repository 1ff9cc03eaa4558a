//! Builds desired states: one line per object, members of groups filled in.

use super::super::names;
use crate::backend::{AttachedInterface, NetworkState};
use controlplane_proto::agent as proto;
use proto::route::Target;
use proto::security_group_rule::Peer;

/// A desired state under construction.
#[derive(Clone, Default)]
pub(in crate::backend::linux::network) struct Wanted(pub(in crate::backend::linux::network) NetworkState);

/// `10.0.0.0/16`, subnet `10.0.1.0/24` and `fd00:10::/64`, as most tests want it.
pub(in crate::backend::linux::network) fn small_vpc(id: &str) -> Wanted {
    let mut wanted = Wanted::default();
    wanted.vpc(id, 7, &["10.0.0.0/16", "fd00:10::/56"], true);
    wanted.subnet(&format!("subnet-{id}"), id, &["10.0.1.0/24", "fd00:10::/64"]);
    wanted.group(&format!("sg-{id}"), id, vec![everything_out()]);
    wanted
}

impl Wanted {
    pub(in crate::backend::linux::network) fn vpc(
        &mut self,
        id: &str,
        vni: u32,
        cidrs: &[&str],
        gateway: bool,
    ) {
        let public_cidr = if gateway { "198.18.7.0/24" } else { "" }.to_owned();
        let vpc =
            proto::Vpc { id: id.into(), vni, cidrs: strings(cidrs), internet_gateway: gateway, public_cidr };
        self.0.vpcs.insert(id.into(), vpc);
    }

    pub(in crate::backend::linux::network) fn subnet(&mut self, id: &str, vpc: &str, cidrs: &[&str]) {
        let subnet =
            proto::Subnet { id: id.into(), vpc_id: vpc.into(), cidrs: strings(cidrs), routes: Vec::new() };
        self.0.subnets.insert(id.into(), subnet);
    }

    pub(in crate::backend::linux::network) fn route(
        &mut self,
        subnet: &str,
        destination: &str,
        target: Target,
        interface: &str,
    ) {
        let route = proto::Route {
            destination: destination.into(),
            target: target.into(),
            network_interface_id: interface.into(),
        };
        self.0.subnets.get_mut(subnet).unwrap().routes.push(route);
    }

    pub(in crate::backend::linux::network) fn group(
        &mut self,
        id: &str,
        vpc: &str,
        rules: Vec<proto::SecurityGroupRule>,
    ) {
        let group =
            proto::SecurityGroup { id: id.into(), vpc_id: vpc.into(), rules, member_addresses: Vec::new() };
        self.0.security_groups.insert(id.into(), group);
    }

    pub(in crate::backend::linux::network) fn rules(
        &mut self,
        group: &str,
    ) -> &mut Vec<proto::SecurityGroupRule> {
        &mut self.0.security_groups.get_mut(group).unwrap().rules
    }

    /// Instance `i-<name>` with interface `eni-<name>` in `subnet-<vpc>`.
    pub(in crate::backend::linux::network) fn instance(
        &mut self,
        name: &str,
        vpc: &str,
        addresses: &[&str],
        groups: &[&str],
    ) {
        let (ipv6, ipv4): (Vec<&str>, Vec<&str>) =
            addresses.iter().partition(|address| address.contains(':'));
        let id = format!("eni-{name}");
        let interface = proto::NetworkInterface {
            id: id.clone(),
            vpc_id: vpc.into(),
            subnet_id: format!("subnet-{vpc}"),
            mac_address: mac(name),
            private_addresses: strings(&ipv4),
            ipv6_addresses: strings(&ipv6),
            security_group_ids: strings(groups),
            source_dest_check: true,
            public_addresses: Default::default(),
        };
        let attached = AttachedInterface { interface, instance_id: format!("i-{name}"), device_index: 0 };
        self.0.interfaces.insert(id, attached);
        self.fill_members();
    }

    pub(in crate::backend::linux::network) fn interface(&mut self, name: &str) -> &mut AttachedInterface {
        self.0.interfaces.get_mut(&format!("eni-{name}")).unwrap()
    }

    pub(in crate::backend::linux::network) fn remove_instance(&mut self, name: &str) {
        self.0.interfaces.remove(&format!("eni-{name}"));
        self.fill_members();
    }

    pub(in crate::backend::linux::network) fn public(&mut self, name: &str, private: &str, public: &str) {
        self.interface(name).interface.public_addresses.insert(private.into(), public.into());
    }

    pub(in crate::backend::linux::network) fn neighbor(
        &mut self,
        name: &str,
        vpc: &str,
        addresses: &[&str],
        underlay: &str,
    ) {
        let neighbor = proto::Neighbor {
            network_interface_id: format!("eni-{name}"),
            vpc_id: vpc.into(),
            mac_address: mac(name),
            addresses: strings(addresses),
            underlay_address: underlay.into(),
        };
        self.0.neighbors.insert(format!("eni-{name}"), neighbor);
    }

    /// A control plane would do this from its interface table.
    fn fill_members(&mut self) {
        for (id, group) in &mut self.0.security_groups {
            let members = self.0.interfaces.values().map(|attached| &attached.interface);
            let members = members.filter(|interface| interface.security_group_ids.contains(id));
            group.member_addresses = members
                .flat_map(|member| member.private_addresses.iter().chain(&member.ipv6_addresses).cloned())
                .collect();
        }
    }
}

pub(in crate::backend::linux::network) fn mac(name: &str) -> String {
    let [.., a, b, c, d] = names::hash(name).to_be_bytes();
    names::mac_text([0x02, 0, a, b, c, d])
}

pub(in crate::backend::linux::network) fn everything_out() -> proto::SecurityGroupRule {
    rule(true, "-1", (-1, -1), cidr("0.0.0.0/0"))
}

pub(in crate::backend::linux::network) fn everything_out6() -> proto::SecurityGroupRule {
    rule(true, "-1", (-1, -1), cidr("::/0"))
}

pub(in crate::backend::linux::network) fn allow_in(
    protocol: &str,
    port: i32,
    peer: Peer,
) -> proto::SecurityGroupRule {
    rule(false, protocol, (port, port), peer)
}

pub(in crate::backend::linux::network) fn rule(
    egress: bool,
    protocol: &str,
    (from, to): (i32, i32),
    peer: Peer,
) -> proto::SecurityGroupRule {
    proto::SecurityGroupRule {
        id: format!("sgr-{egress}-{protocol}-{from}-{to}"),
        egress,
        protocol: protocol.into(),
        from_port: from,
        to_port: to,
        peer: Some(peer),
    }
}

pub(in crate::backend::linux::network) fn cidr(text: &str) -> Peer {
    Peer::Cidr(text.into())
}

pub(in crate::backend::linux::network) fn members_of(group: &str) -> Peer {
    Peer::GroupId(group.into())
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}
