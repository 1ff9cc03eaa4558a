use super::DhcpOptions;
use crate::tag;
use crate::vpc;
use controlplane_services_kernel::{Column, Reader, Record, Tabular};
use serde_json::{Value, json};

impl Tabular for DhcpOptions {
    const PLURAL: &'static str = "dhcp_options_sets";
    const SHORT_NAMES: &'static [&'static str] = &["dopt"];

    fn columns() -> &'static [Column] {
        const COLUMNS: &[Column] = &[
            Column::new("NAME"),
            Column::new("ID"),
            Column::new("SERVERS"),
            Column::new("DOMAINS"),
            Column::wide("VPCS"),
        ];
        COLUMNS
    }

    fn cells(&self, id: &str, reader: &Reader) -> Vec<String> {
        vec![
            tag::name(Self::KIND, id, reader),
            id.to_owned(),
            self.servers().join(","),
            self.domain_names.join(","),
            vpc::with_dhcp_options(id, reader).collect::<Vec<_>>().join(","),
        ]
    }

    fn spec(&self, id: &str, reader: &Reader) -> Value {
        let said = self.said().into_iter();
        let configurations: Vec<Value> =
            said.map(|(key, values)| json!({"key": key, "values": values})).collect();
        json!({"dhcpConfigurations": configurations, "tags": tag::map(id, reader)})
    }

    fn status(&self, id: &str, reader: &Reader) -> Value {
        let vpcs: Vec<String> = vpc::with_dhcp_options(id, reader).collect();
        json!({"dhcpOptionsId": id, "vpcIds": vpcs})
    }
}
