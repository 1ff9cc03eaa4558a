//! Which nodes' desired sets a commit may have changed. May name too many, never too few.

use crate::replica::Commit;
use controlplane_services_ec2::image::Image;
use controlplane_services_ec2::instance::{BY_IMAGE, BY_VPC, Instance};
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
use controlplane_types::Key;
use std::collections::BTreeSet;

/// Adds the nodes concerned by `commit`.
pub(crate) fn nodes(commit: &Commit, found: &mut BTreeSet<String>) {
    for view in [&commit.before, &commit.after] {
        let mut vpcs = BTreeSet::new();
        for key in commit.keys() {
            touched(view, key, &mut vpcs, found);
        }
        for vpc in vpcs {
            found.extend(view.find::<Instance>(BY_VPC, &vpc).filter_map(|instance| instance.node.clone()));
        }
    }
}

fn touched(view: &View, key: &Key, vpcs: &mut BTreeSet<String>, found: &mut BTreeSet<String>) {
    match key.kind() {
        Instance::KIND => {
            if let Some(instance) = view.get::<Instance>(key) {
                found.extend(instance.node.clone());
                vpcs.insert(instance.vpc_id.clone());
            }
        }
        Vpc::KIND => {
            vpcs.insert(key.id().to_owned());
        }
        Subnet::KIND => vpcs.extend(view.get::<Subnet>(key).map(|record| record.vpc_id.clone())),
        RouteTable::KIND => vpcs.extend(view.get::<RouteTable>(key).map(|record| record.vpc_id.clone())),
        InternetGateway::KIND => {
            vpcs.extend(view.get::<InternetGateway>(key).and_then(|record| record.vpc_id.clone()))
        }
        SecurityGroup::KIND => {
            vpcs.extend(view.get::<SecurityGroup>(key).map(|record| record.vpc_id.clone()))
        }
        SecurityGroupRule::KIND => vpcs.extend(vpc_of_rule(view, key)),
        PrefixList::KIND => vpcs.extend(vpcs_of_list(view, key)),
        NetworkInterface::KIND => {
            vpcs.extend(view.get::<NetworkInterface>(key).map(|record| record.vpc_id.clone()))
        }
        Image::KIND => {
            found.extend(
                view.find::<Instance>(BY_IMAGE, key.id()).filter_map(|instance| instance.node.clone()),
            );
        }
        ResourceTags::KIND => {
            let instance = Key::new(&key.account(), &key.scope(), Instance::KIND, key.id());
            found.extend(view.get::<Instance>(&instance).and_then(|instance| instance.node.clone()));
        }
        // A node's own record says where its neighbours find it.
        Node::KIND => {
            found.insert(key.id().to_owned());
            let held = view.find::<Instance>(controlplane_services_native::node::HELD_BY, key.id());
            vpcs.extend(held.map(|instance| instance.vpc_id.clone()));
        }
        _ => {}
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
