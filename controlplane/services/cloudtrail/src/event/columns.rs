use super::TrailEvent;
use controlplane_services_kernel::{Column, Reader, Tabular};
use serde_json::Value;

impl Tabular for TrailEvent {
    const PLURAL: &'static str = "trail_events";
    const SHORT_NAMES: &'static [&'static str] = &["te"];

    fn columns() -> &'static [Column] {
        const {
            &[
                Column::new("TIME"),
                Column::new("SOURCE"),
                Column::new("EVENT"),
                Column::new("USER"),
                Column::new("ERROR"),
                Column::wide("ADDRESS"),
                Column::wide("ID"),
            ]
        }
    }

    fn cells(&self, id: &str, _: &Reader) -> Vec<String> {
        vec![
            self.at.to_iso8601(),
            self.source(),
            self.action.clone(),
            self.user_name().to_owned(),
            self.error_code().unwrap_or_default(),
            self.address.clone().unwrap_or_default(),
            id.to_owned(),
        ]
    }

    fn status(&self, id: &str, reader: &Reader) -> Value {
        self.document(id, &reader.caller.account, &reader.caller.region)
    }
}
