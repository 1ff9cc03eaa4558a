use super::{Policy, RecordSet, ResourceRecordSet};
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
            policy_cell(&self.policy),
            self.content.ttl.to_string(),
            self.content.values.join(","),
            self.health_check_id.clone().unwrap_or_default(),
            self.zone_id.clone(),
        ]
    }

    fn spec(&self, _: &str, _: &Reader) -> Value {
        let wire = ResourceRecordSet::from(self);
        json!({
            "hostedZoneId": self.zone_id, "name": wire.name, "type": wire.r#type,
            "setIdentifier": wire.set_identifier, "weight": wire.weight, "failover": wire.failover,
            "multiValueAnswer": wire.multi_value_answer, "ttl": wire.ttl,
            "resourceRecords": self.content.values, "healthCheckId": wire.health_check_id,
        })
    }

    fn owner(&self, _: &Reader) -> Option<Owner> {
        Some(Owner::of::<HostedZone>(&self.zone_id))
    }

    fn status(&self, _: &str, _: &Reader) -> Value {
        json!({})
    }
}

fn policy_cell(policy: &Policy) -> String {
    match policy {
        Policy::Weighted { weight } => format!("weighted {weight}"),
        Policy::Failover { primary: true } => "failover primary".to_owned(),
        Policy::Failover { primary: false } => "failover secondary".to_owned(),
        other => other.word().to_owned(),
    }
}
