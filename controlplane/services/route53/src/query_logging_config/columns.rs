use super::QueryLoggingConfig;
use crate::hosted_zone::HostedZone;
use controlplane_services_kernel::{Column, Owner, Reader, Tabular};
use serde_json::{Value, json};

impl Tabular for QueryLoggingConfig {
    const PLURAL: &'static str = "query_logging_configs";
    const SHORT_NAMES: &'static [&'static str] = &["qlc"];

    fn columns() -> &'static [Column] {
        const { &[Column::new("ID"), Column::new("ZONE"), Column::new("LOG-GROUP")] }
    }

    fn cells(&self, id: &str, _: &Reader) -> Vec<String> {
        vec![id.to_owned(), self.zone_id.clone(), self.log_group.clone()]
    }

    fn spec(&self, _: &str, _: &Reader) -> Value {
        json!({"hostedZoneId": self.zone_id, "cloudWatchLogsLogGroupArn": self.log_group_arn})
    }

    fn owner(&self, _: &Reader) -> Option<Owner> {
        Some(Owner::of::<HostedZone>(&self.zone_id))
    }

    fn status(&self, id: &str, _: &Reader) -> Value {
        json!({"id": id, "logGroup": self.log_group})
    }
}
