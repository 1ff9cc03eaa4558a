use super::{TrafficPolicy, TrafficPolicyVersion};
use controlplane_services_kernel::{Column, Reader, Tabular};
use serde_json::{Value, json};

impl Tabular for TrafficPolicy {
    const PLURAL: &'static str = "traffic_policies";
    const SHORT_NAMES: &'static [&'static str] = &["tp"];

    fn columns() -> &'static [Column] {
        const COLUMNS: &[Column] = &[
            Column::new("NAME"),
            Column::new("ID"),
            Column::new("TYPE"),
            Column::new("LATEST"),
            Column::new("VERSIONS"),
        ];
        COLUMNS
    }

    fn cells(&self, id: &str, reader: &Reader) -> Vec<String> {
        let versions: Vec<_> = TrafficPolicyVersion::of_policy(id, 0, reader).collect();
        let latest = versions.last();
        vec![
            self.name.clone(),
            id.to_owned(),
            latest.map(|latest| latest.kind.clone()).unwrap_or_default(),
            latest.map(|latest| super::types::number_of(latest.key.id()).to_string()).unwrap_or_default(),
            versions.len().to_string(),
        ]
    }

    fn name(&self, _: &str) -> String {
        self.name.clone()
    }

    fn spec(&self, id: &str, reader: &Reader) -> Value {
        let latest = TrafficPolicyVersion::of_policy(id, 0, reader).last();
        json!({"name": self.name, "document": latest.map(|latest| latest.document.clone())})
    }

    fn status(&self, id: &str, _: &Reader) -> Value {
        json!({"id": id, "newestVersion": self.newest})
    }
}
