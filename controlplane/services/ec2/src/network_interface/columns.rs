use super::{Association, NetworkInterface};
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
        let public: Vec<String> = self.public_addresses().map(|(_, public)| public.to_string()).collect();
        let ipv6: Vec<String> = self.ipv6_addresses.iter().map(ToString::to_string).collect();
        vec![
            tag::name(Self::KIND, id, reader),
            id.to_owned(),
            self.subnet_id.clone(),
            self.zone.clone(),
            self.primary_address().to_string(),
            public.join(","),
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
            "publicIp": self.primary_public_address(),
            "associations": associations(self),
            "groups": self.groups,
            "sourceDestCheck": self.source_dest_check,
            "instanceId": self.instance_id(),
        })
    }
}

/// Elastic addresses and what they are associated with.
fn associations(interface: &NetworkInterface) -> Vec<Value> {
    let shown = |found: &Association| {
        json!({
            "associationId": found.id,
            "allocationId": found.allocation_id,
            "privateIpAddress": found.private_address,
            "publicIp": found.public_address,
        })
    };
    interface.associations.iter().map(shown).collect()
}
