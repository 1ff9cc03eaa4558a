use super::{Delivery, Trail};
use controlplane_services_kernel::{Column, Reader, Tabular};
use controlplane_types::Timestamp;
use serde_json::{Value, json};

impl Tabular for Trail {
    const PLURAL: &'static str = "trails";

    fn columns() -> &'static [Column] {
        const {
            &[
                Column::new("NAME"),
                Column::new("BUCKET"),
                Column::new("LOGGING"),
                Column::new("DELIVERED"),
                Column::new("ERROR"),
                Column::wide("PREFIX"),
                Column::wide("REGIONS"),
            ]
        }
    }

    fn cells(&self, id: &str, reader: &Reader) -> Vec<String> {
        let (delivered, error) = newest(id, reader);
        let regions = if self.everywhere_since.is_some() { "all" } else { reader.caller.region.as_str() };
        vec![
            id.to_owned(),
            self.bucket.clone(),
            if self.is_logging() { "yes" } else { "no" }.to_owned(),
            delivered.map(Timestamp::to_iso8601).unwrap_or_default(),
            error.unwrap_or_default(),
            self.prefix.clone().unwrap_or_default(),
            regions.to_owned(),
        ]
    }

    fn name(&self, id: &str) -> String {
        id.to_owned()
    }

    fn status(&self, id: &str, reader: &Reader) -> Value {
        let (delivered, error) = newest(id, reader);
        json!({
            "bucket": self.bucket, "prefix": self.prefix, "logging": self.is_logging(), "tags": self.tags,
            "multiRegion": self.everywhere_since.is_some(), "globalServiceEvents": self.global_events,
            "latestDeliveryTime": delivered.map(Timestamp::to_iso8601), "latestDeliveryError": error,
        })
    }
}

fn newest(id: &str, reader: &Reader) -> (Option<Timestamp>, Option<String>) {
    let (account, home) = (&reader.caller.account, &reader.caller.region);
    let all: Vec<&Delivery> =
        Delivery::of_trail(&reader.view, account, home, id).map(|(_, delivery)| delivery).collect();
    let delivered = all.iter().filter_map(|delivery| delivery.delivered_at).max();
    (delivered, all.iter().find_map(|delivery| delivery.error.clone()))
}
