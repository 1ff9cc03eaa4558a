use super::types::Address;
use crate::tag;
use controlplane_services_kernel::{Column, Reader, Record, Tabular};
use serde_json::{Value, json};

impl Tabular for Address {
    const PLURAL: &'static str = "addresses";
    const SHORT_NAMES: &'static [&'static str] = &["eip"];

    fn columns() -> &'static [Column] {
        const {
            &[
                Column::new("NAME"),
                Column::new("ID"),
                Column::new("PUBLIC"),
                Column::new("PRIVATE"),
                Column::new("INTERFACE"),
                Column::new("INSTANCE"),
                Column::wide("ASSOCIATION"),
            ]
        }
    }

    fn cells(&self, id: &str, reader: &Reader) -> Vec<String> {
        let found = self.association(reader);
        let instance = found.and_then(|(interface, _)| interface.instance_id());
        vec![
            tag::name(Self::KIND, id, reader),
            id.to_owned(),
            self.public_ip.to_string(),
            found.map(|(_, association)| association.private_address.to_string()).unwrap_or_default(),
            self.network_interface_id.clone().unwrap_or_default(),
            instance.unwrap_or_default().to_owned(),
            found.map(|(_, association)| association.id.clone()).unwrap_or_default(),
        ]
    }

    fn spec(&self, id: &str, reader: &Reader) -> Value {
        json!({"tags": tag::map(id, reader)})
    }

    fn status(&self, id: &str, reader: &Reader) -> Value {
        let found = self.association(reader);
        json!({
            "allocationId": id,
            "publicIp": self.public_ip,
            "allocationTime": self.allocated_at.to_iso8601(),
            "associationId": found.map(|(_, association)| &association.id),
            "privateIpAddress": found.map(|(_, association)| association.private_address),
            "networkInterfaceId": self.network_interface_id,
            "instanceId": found.and_then(|(interface, _)| interface.instance_id()),
        })
    }
}
