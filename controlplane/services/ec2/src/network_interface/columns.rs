use super::NetworkInterface;
use crate::instance::Instance;
use crate::subnet::Subnet;
use crate::tag;
use controlplane_services_kernel::{Column, Owner, Reader, Record, Tabular};
use serde_json::{Value, json};

impl Tabular for NetworkInterface {
    const PLURAL: &'static str = "network_interfaces";
    const SHORT_NAMES: &'static [&'static str] = &["eni"];

    fn columns() -> &'static [Column] {
        const COLUMNS: &[Column] = &[
            Column::new("NAME"),
            Column::new("ID"),
            Column::new("SUBNET"),
            Column::new("ZONE"),
            Column::new("ADDRESS"),
            Column::new("PUBLIC"),
            Column::new("INSTANCE"),
            Column::wide("GROUPS"),
            Column::wide("MAC"),
            Column::wide("IPV6"),
        ];
        COLUMNS
    }

    fn cells(&self, id: &str, reader: &Reader) -> Vec<String> {
        let ipv6: Vec<String> = self.ipv6_addresses.iter().map(ToString::to_string).collect();
        vec![
            tag::name(Self::KIND, id, reader),
            id.to_owned(),
            self.subnet_id.clone(),
            self.zone.clone(),
            self.primary_address().to_string(),
            self.public_address.map(|address| address.to_string()).unwrap_or_default(),
            self.instance_id().unwrap_or_default().to_owned(),
            self.groups.join(","),
            self.mac_address.clone(),
            ipv6.join(","),
        ]
    }

    fn owner(&self, _: &Reader) -> Option<Owner> {
        let holder =
            self.attachment.as_ref().map(|attachment| Owner::of::<Instance>(&attachment.instance_id));
        holder.or_else(|| Some(Owner::of::<Subnet>(&self.subnet_id)))
    }

    fn status(&self, id: &str, _: &Reader) -> Value {
        json!({
            "networkInterfaceId": id,
            "vpcId": self.vpc_id,
            "subnetId": self.subnet_id,
            "status": if self.attachment.is_some() { "in-use" } else { "available" },
            "privateIpAddresses": self.private_addresses,
            "ipv6Addresses": self.ipv6_addresses,
            "publicIp": self.public_address,
            "groups": self.groups,
            "sourceDestCheck": self.source_dest_check,
            "instanceId": self.instance_id(),
        })
    }
}
