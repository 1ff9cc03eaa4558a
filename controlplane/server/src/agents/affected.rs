//! What of the desired sets a commit may have changed. May name too many, never too few.

use crate::replica::Commit;
use controlplane_services_ec2::image::Image;
use controlplane_services_ec2::instance::{BY_IMAGE, Instance};
use controlplane_services_ec2::internet_gateway::InternetGateway;
use controlplane_services_ec2::network_interface::NetworkInterface;
use controlplane_services_ec2::prefix_list::PrefixList;
use controlplane_services_ec2::route_table::{self, RouteTable};
use controlplane_services_ec2::security_group::{self, SecurityGroup, SecurityGroupRule};
use controlplane_services_ec2::subnet::Subnet;
use controlplane_services_ec2::tag::ResourceTags;
use controlplane_services_ec2::vpc::Vpc;
use controlplane_services_kernel::{Record, View};
use controlplane_services_native::Node;
use controlplane_services_native::node::HELD_BY;
use controlplane_services_route53::{HealthCheck, HostedZone, RecordSet};
use controlplane_types::Key;
use std::collections::{BTreeMap, BTreeSet};

/// Nodes by themselves, and VPCs with every node that hosts something of them. Which nodes those are the sessions know:
/// to ask the records would be to walk all instances of a VPC at each of its commits.
#[derive(Default)]
pub(crate) struct Touched {
    /// Each with VPCs that it hosts something of since this commit.
    pub(crate) nodes: BTreeMap<String, BTreeSet<String>>,
    pub(crate) vpcs: BTreeSet<String>,
}

impl Touched {
    /// Adds what `commit` concerns.
    pub(crate) fn add(&mut self, commit: &Commit) {
        for key in commit.keys() {
            if key.kind() == Instance::KIND {
                self.instance(commit.before.get(key), commit.after.get(key));
            } else {
                self.other(&commit.before, key);
                self.other(&commit.after, key);
            }
        }
    }

    /// Its own node is told what it does; the others, where it is.
    fn instance(&mut self, before: Option<&Instance>, after: Option<&Instance>) {
        let both = [before, after];
        let [was_on, is_on] = both.map(|instance| instance.and_then(|instance| instance.node.as_deref()));
        for instance in both.into_iter().flatten() {
            self.node_of(instance);
            self.vpc((was_on != is_on).then(|| instance.vpc_id.clone()));
        }
    }

    fn other(&mut self, view: &View, key: &Key) {
        match key.kind() {
            Vpc::KIND => self.vpc(Some(key.id().to_owned())),
            Subnet::KIND => self.vpc(view.get::<Subnet>(key).map(|record| record.vpc_id.clone())),
            RouteTable::KIND => self.vpc(view.get::<RouteTable>(key).map(|record| record.vpc_id.clone())),
            InternetGateway::KIND => {
                self.vpc(view.get::<InternetGateway>(key).and_then(|record| record.vpc_id.clone()));
            }
            SecurityGroup::KIND => {
                self.vpc(view.get::<SecurityGroup>(key).map(|record| record.vpc_id.clone()));
            }
            SecurityGroupRule::KIND => self.vpc(vpc_of_rule(view, key)),
            PrefixList::KIND => self.vpcs.extend(vpcs_of_list(view, key)),
            NetworkInterface::KIND => {
                self.vpc(view.get::<NetworkInterface>(key).map(|record| record.vpc_id.clone()));
            }
            Image::KIND => {
                let launched = view.find::<Instance>(BY_IMAGE, key.id());
                launched.for_each(|instance| self.node_of(instance.record));
            }
            ResourceTags::KIND => {
                let instance = Key::new(&key.account(), &key.scope(), Instance::KIND, key.id());
                view.get::<Instance>(&instance).into_iter().for_each(|instance| self.node_of(instance));
            }
            HealthCheck::KIND => {
                let vpc = view.get::<HealthCheck>(key).and_then(|check| check.vpc.as_ref());
                self.vpc(vpc.map(|vpc| vpc.id.clone()));
            }
            HostedZone::KIND => self.vpcs_of_zone(view, key),
            RecordSet::KIND => {
                let set = view.get::<RecordSet>(key);
                let zone =
                    set.map(|set| Key::new(&key.account(), &key.scope(), HostedZone::KIND, &set.zone_id));
                zone.into_iter().for_each(|zone| self.vpcs_of_zone(view, &zone));
            }
            // A node's own record says where its neighbours find it.
            Node::KIND => {
                self.nodes.entry(key.id().to_owned()).or_default();
                let held = view.find::<Instance>(HELD_BY, key.id());
                self.vpcs.extend(held.map(|instance| instance.vpc_id.clone()));
            }
            _ => {}
        }
    }

    /// The resolvers of a private zone's VPCs answer from it.
    fn vpcs_of_zone(&mut self, view: &View, key: &Key) {
        let zone = view.get::<HostedZone>(key);
        self.vpcs.extend(zone.into_iter().flat_map(HostedZone::vpcs).map(|vpc| vpc.id.clone()));
    }

    fn node_of(&mut self, instance: &Instance) {
        if let Some(node) = &instance.node {
            self.nodes.entry(node.clone()).or_default().insert(instance.vpc_id.clone());
        }
    }

    fn vpc(&mut self, id: Option<String>) {
        self.vpcs.extend(id);
    }
}

fn vpc_of_rule(view: &View, key: &Key) -> Option<String> {
    vpc_of_group(view, key, &view.get::<SecurityGroupRule>(key)?.group_id)
}

fn vpc_of_group(view: &View, key: &Key, group_id: &str) -> Option<String> {
    let group = Key::new(&key.account(), &key.scope(), SecurityGroup::KIND, group_id);
    view.get::<SecurityGroup>(&group).map(|group| group.vpc_id.clone())
}

/// Where a rule or a route refers to a prefix list; its other versions are nobody's affair.
fn vpcs_of_list(view: &View, key: &Key) -> BTreeSet<String> {
    let rules = view.find::<SecurityGroupRule>(security_group::BY_PEER, key.id());
    let tables = view.find::<RouteTable>(route_table::BY_PREFIX_LIST, key.id());
    let of_rules = rules.filter_map(|rule| vpc_of_group(view, key, &rule.group_id));
    of_rules.chain(tables.map(|table| table.vpc_id.clone())).collect()
}
