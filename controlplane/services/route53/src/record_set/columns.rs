use super::RecordSet;
use super::manifest_spec::RecordSetSpec;
use crate::hosted_zone::HostedZone;
use controlplane_services_kernel::{Column, Owner, Reader, Tabular};
use serde_json::{Value, json};

impl Tabular for RecordSet {
    const PLURAL: &'static str = "record_sets";
    const SHORT_NAMES: &'static [&'static str] = &["rr", "rrset", "record", "records"];

    fn columns() -> &'static [Column] {
        const COLUMNS: &[Column] = &[
            Column::new("NAME"),
            Column::new("TYPE"),
            Column::new("SET"),
            Column::new("POLICY"),
            Column::new("TTL"),
            Column::new("VALUES"),
            Column::wide("HEALTH-CHECK"),
            Column::wide("ZONE"),
        ];
        COLUMNS
    }

    fn cells(&self, _: &str, _: &Reader) -> Vec<String> {
        vec![
            self.name.clone(),
            self.kind.clone(),
            self.set_identifier.clone().unwrap_or_default(),
            self.policy.text(),
            ttl_cell(self),
            values_cell(self),
            self.health_check_id.clone().unwrap_or_default(),
            self.zone_id.clone(),
        ]
    }

    fn spec(&self, _: &str, _: &Reader) -> Value {
        serde_json::to_value(RecordSetSpec::from(self)).unwrap_or_default()
    }

    fn owner(&self, _: &Reader) -> Option<Owner> {
        Some(Owner::of::<HostedZone>(&self.zone_id))
    }

    fn status(&self, _: &str, _: &Reader) -> Value {
        json!({"trafficPolicyInstanceId": self.traffic_policy_instance_id})
    }
}

/// Aliases have the time to live of what they lead to.
fn ttl_cell(set: &RecordSet) -> String {
    if set.content.alias.is_some() { String::new() } else { set.content.ttl.to_string() }
}

fn values_cell(set: &RecordSet) -> String {
    match &set.content.alias {
        Some(alias) => format!("-> {}", alias.name),
        None => set.content.values.join(","),
    }
}
