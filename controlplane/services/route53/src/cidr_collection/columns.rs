use super::CidrCollection;
use super::manifest::CidrCollectionSpec;
use controlplane_services_kernel::{Column, Reader, Tabular};
use serde_json::{Value, json};

impl Tabular for CidrCollection {
    const PLURAL: &'static str = "cidr_collections";
    const SHORT_NAMES: &'static [&'static str] = &["cidr"];

    fn columns() -> &'static [Column] {
        const COLUMNS: &[Column] = &[
            Column::new("NAME"),
            Column::new("ID"),
            Column::new("VERSION"),
            Column::new("LOCATIONS"),
            Column::new("BLOCKS"),
        ];
        COLUMNS
    }

    fn cells(&self, id: &str, _: &Reader) -> Vec<String> {
        let locations: Vec<&str> = self.locations.keys().map(String::as_str).collect();
        let blocks: usize = self.locations.values().map(|blocks| blocks.len()).sum();
        vec![
            self.name.clone(),
            id.to_owned(),
            self.version.to_string(),
            locations.join(","),
            blocks.to_string(),
        ]
    }

    fn name(&self, _: &str) -> String {
        self.name.clone()
    }

    fn spec(&self, _: &str, _: &Reader) -> Value {
        let spec = CidrCollectionSpec { name: self.name.clone(), locations: self.locations.clone() };
        serde_json::to_value(spec).unwrap_or_default()
    }

    fn status(&self, id: &str, _: &Reader) -> Value {
        json!({"id": id, "version": self.version})
    }
}
