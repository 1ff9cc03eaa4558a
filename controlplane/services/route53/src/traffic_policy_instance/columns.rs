use super::TrafficPolicyInstance;
use crate::HostedZone;
use controlplane_services_kernel::{Column, Owner, Reader, Tabular};
use serde_json::{Value, json};

impl Tabular for TrafficPolicyInstance {
    const PLURAL: &'static str = "traffic_policy_instances";
    const SHORT_NAMES: &'static [&'static str] = &["tpi"];

    fn columns() -> &'static [Column] {
        const COLUMNS: &[Column] = &[
            Column::new("NAME"),
            Column::new("TYPE"),
            Column::new("ID"),
            Column::new("TTL"),
            Column::new("POLICY"),
            Column::new("VERSION"),
            Column::new("STATE"),
        ];
        COLUMNS
    }

    fn cells(&self, id: &str, reader: &Reader) -> Vec<String> {
        vec![
            self.name.clone(),
            self.kind.clone(),
            id.to_owned(),
            self.ttl.to_string(),
            self.traffic_policy_id.clone(),
            self.traffic_policy_version.to_string(),
            self.state(reader).to_owned(),
        ]
    }

    fn spec(&self, _: &str, _: &Reader) -> Value {
        json!({
            "hostedZoneId": self.zone_id, "name": self.name, "ttl": self.ttl,
            "trafficPolicyId": self.traffic_policy_id, "trafficPolicyVersion": self.traffic_policy_version,
        })
    }

    fn owner(&self, _: &Reader) -> Option<Owner> {
        Some(Owner::of::<HostedZone>(&self.zone_id))
    }

    fn status(&self, id: &str, reader: &Reader) -> Value {
        json!({"id": id, "state": self.state(reader)})
    }
}
