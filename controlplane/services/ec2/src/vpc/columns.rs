use super::Vpc;
use crate::tag;
use controlplane_services_kernel::{Column, Reader, Record, Tabular};
use serde_json::{Value, json};

impl Tabular for Vpc {
    const PLURAL: &'static str = "vpcs";

    fn columns() -> &'static [Column] {
        const COLUMNS: &[Column] = &[
            Column::new("NAME"),
            Column::new("ID"),
            Column::new("CIDR"),
            Column::new("DEFAULT"),
            Column::wide("IPV6-CIDR"),
            Column::wide("VNI"),
        ];
        COLUMNS
    }

    fn cells(&self, id: &str, reader: &Reader) -> Vec<String> {
        vec![
            tag::name(Self::KIND, id, reader),
            id.to_owned(),
            self.cidr.to_string(),
            self.is_default.to_string(),
            self.ipv6.as_ref().map(|block| block.cidr.to_string()).unwrap_or_default(),
            self.vni.to_string(),
        ]
    }

    fn spec(&self, id: &str, reader: &Reader) -> Value {
        json!({
            "cidrBlock": self.cidr,
            "amazonProvidedIpv6CidrBlock": self.ipv6.is_some(),
            "enableDnsSupport": self.dns_support,
            "enableDnsHostnames": self.dns_hostnames,
            "dhcpOptionsId": self.dhcp_options_id,
            "tags": tag::map(id, reader),
        })
    }

    fn status(&self, id: &str, _: &Reader) -> Value {
        json!({
            "vpcId": id,
            "state": "available",
            "isDefault": self.is_default,
            "ipv6CidrBlock": self.ipv6.as_ref().map(|block| block.cidr),
        })
    }
}
