use super::{Subnet, available_addresses};
use crate::tag;
use crate::vpc::Vpc;
use controlplane_services_kernel::{Column, Owner, Reader, Record, Tabular};
use serde_json::{Value, json};

impl Tabular for Subnet {
    const PLURAL: &'static str = "subnets";

    fn columns() -> &'static [Column] {
        const COLUMNS: &[Column] = &[
            Column::new("NAME"),
            Column::new("ID"),
            Column::new("VPC"),
            Column::new("ZONE"),
            Column::new("CIDR"),
            Column::new("FREE"),
            Column::wide("IPV6-CIDR"),
            Column::wide("PUBLIC"),
        ];
        COLUMNS
    }

    fn cells(&self, id: &str, reader: &Reader) -> Vec<String> {
        vec![
            tag::name(Self::KIND, id, reader),
            id.to_owned(),
            self.vpc_id.clone(),
            self.zone.clone(),
            self.cidr.to_string(),
            available_addresses(id, self, reader).to_string(),
            self.ipv6.as_ref().map(|block| block.cidr.to_string()).unwrap_or_default(),
            self.map_public_ip_on_launch.to_string(),
        ]
    }

    fn spec(&self, id: &str, reader: &Reader) -> Value {
        json!({
            "vpcId": self.vpc_id,
            "cidrBlock": self.cidr,
            "ipv6CidrBlock": self.ipv6.as_ref().map(|block| block.cidr),
            "availabilityZone": self.zone,
            "mapPublicIpOnLaunch": self.map_public_ip_on_launch,
            "assignIpv6AddressOnCreation": self.assign_ipv6_address_on_creation,
            "tags": tag::map(id, reader),
        })
    }

    fn owner(&self, _: &Reader) -> Option<Owner> {
        Some(Owner::of::<Vpc>(&self.vpc_id))
    }

    fn status(&self, id: &str, reader: &Reader) -> Value {
        json!({
            "subnetId": id,
            "state": "available",
            "availabilityZoneId": self.zone_id,
            "availableIpAddressCount": available_addresses(id, self, reader),
            "defaultForAz": self.default_for_az,
        })
    }
}
