use super::HostedZone;
use controlplane_services_kernel::{Column, Reader, Tabular};
use serde_json::{Value, json};

impl Tabular for HostedZone {
    const PLURAL: &'static str = "hosted_zones";
    const SHORT_NAMES: &'static [&'static str] = &["zone", "zones", "hz"];

    fn columns() -> &'static [Column] {
        const COLUMNS: &[Column] = &[
            Column::new("NAME"),
            Column::new("ID"),
            Column::new("RECORDS"),
            Column::new("COMMENT"),
            Column::wide("NAME-SERVERS"),
        ];
        COLUMNS
    }

    fn cells(&self, id: &str, reader: &Reader) -> Vec<String> {
        vec![
            self.name.clone(),
            id.to_owned(),
            Self::record_set_count(id, reader).to_string(),
            self.comment.clone().unwrap_or_default(),
            self.name_servers.join(","),
        ]
    }

    fn name(&self, _: &str) -> String {
        self.name.trim_end_matches('.').to_owned()
    }

    fn spec(&self, _: &str, _: &Reader) -> Value {
        json!({
            "name": self.name, "comment": self.comment, "delegationSetId": self.delegation_set_id,
        })
    }

    fn status(&self, id: &str, reader: &Reader) -> Value {
        json!({
            "hostedZoneId": id,
            "nameServers": self.name_servers,
            "resourceRecordSetCount": Self::record_set_count(id, reader),
            "createdAt": self.created_at.to_iso8601(),
        })
    }
}
