use super::{Peer, SecurityGroup, SecurityGroupRule, rules_of};
use crate::network_interface;
use crate::tag;
use crate::vpc::Vpc;
use controlplane_services_kernel::{Column, Owner, Reader, Tabular};
use ipnet::IpNet;
use serde_json::{Map, Value, json};

impl Tabular for SecurityGroup {
    const PLURAL: &'static str = "security_groups";
    const SHORT_NAMES: &'static [&'static str] = &["sg"];

    fn columns() -> &'static [Column] {
        const COLUMNS: &[Column] = &[
            Column::new("NAME"),
            Column::new("ID"),
            Column::new("VPC"),
            Column::new("IN"),
            Column::new("OUT"),
            Column::new("MEMBERS"),
            Column::wide("DESCRIPTION"),
        ];
        COLUMNS
    }

    fn cells(&self, id: &str, reader: &Reader) -> Vec<String> {
        vec![
            self.name.clone(),
            id.to_owned(),
            self.vpc_id.clone(),
            rules_of(id, reader).filter(|rule| !rule.egress).count().to_string(),
            rules_of(id, reader).filter(|rule| rule.egress).count().to_string(),
            network_interface::of_group(id, reader).count().to_string(),
            self.description.clone(),
        ]
    }

    fn name(&self, _: &str) -> String {
        self.name.clone()
    }

    fn spec(&self, id: &str, reader: &Reader) -> Value {
        let direction = |egress: bool| -> Vec<Value> {
            rules_of(id, reader)
                .filter(|rule| rule.egress == egress)
                .map(|rule| rule_spec(rule.record))
                .collect()
        };
        json!({
            "groupName": self.name,
            "description": self.description,
            "vpcId": self.vpc_id,
            "ingress": direction(false),
            "egress": direction(true),
            "tags": tag::map(id, reader),
        })
    }

    fn owner(&self, _: &Reader) -> Option<Owner> {
        Some(Owner::of::<Vpc>(&self.vpc_id))
    }

    fn status(&self, id: &str, reader: &Reader) -> Value {
        let members: Vec<&str> =
            network_interface::of_group(id, reader).map(|found| found.key.id()).collect();
        json!({"groupId": id, "networkInterfaceIds": members})
    }
}

fn rule_spec(rule: &SecurityGroupRule) -> Value {
    let mut spec = Map::new();
    let (field, peer) = match &rule.peer {
        Peer::Cidr(IpNet::V4(net)) => ("cidrIp", net.to_string()),
        Peer::Cidr(IpNet::V6(net)) => ("cidrIpv6", net.to_string()),
        Peer::Group(id) => ("sourceGroupId", id.clone()),
        Peer::PrefixList(id) => ("sourcePrefixListId", id.clone()),
    };
    spec.insert("ipProtocol".to_owned(), json!(rule.protocol));
    spec.insert("fromPort".to_owned(), json!(rule.from_port));
    spec.insert("toPort".to_owned(), json!(rule.to_port));
    spec.insert(field.to_owned(), json!(peer));
    if let Some(description) = &rule.description {
        spec.insert("description".to_owned(), json!(description));
    }
    Value::Object(spec)
}

impl Tabular for SecurityGroupRule {
    const PLURAL: &'static str = "security_group_rules";
    const SHORT_NAMES: &'static [&'static str] = &["sgr"];

    fn columns() -> &'static [Column] {
        const COLUMNS: &[Column] = &[
            Column::new("ID"),
            Column::new("GROUP"),
            Column::new("DIRECTION"),
            Column::new("PROTOCOL"),
            Column::new("PORTS"),
            Column::new("PEER"),
            Column::wide("DESCRIPTION"),
        ];
        COLUMNS
    }

    fn cells(&self, id: &str, _: &Reader) -> Vec<String> {
        vec![
            id.to_owned(),
            self.group_id.clone(),
            if self.egress { "out" } else { "in" }.to_owned(),
            self.protocol.clone(),
            format!("{}-{}", self.from_port, self.to_port),
            self.peer.to_string(),
            self.description.clone().unwrap_or_default(),
        ]
    }

    fn status(&self, id: &str, _: &Reader) -> Value {
        let mut status = rule_spec(self);
        status["securityGroupRuleId"] = json!(id);
        status["groupId"] = json!(self.group_id);
        status["isEgress"] = json!(self.egress);
        status
    }
}
