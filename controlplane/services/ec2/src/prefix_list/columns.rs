use super::{Entry, PrefixList, change, entries};
use crate::resource::arn;
use crate::tag;
use controlplane_services_kernel::{Column, Reader, Tabular};
use serde_json::{Map, Value, json};

impl Tabular for PrefixList {
    const PLURAL: &'static str = "prefix_lists";
    const SHORT_NAMES: &'static [&'static str] = &["pl"];

    fn columns() -> &'static [Column] {
        const COLUMNS: &[Column] = &[
            Column::new("NAME"),
            Column::new("ID"),
            Column::new("FAMILY"),
            Column::new("ENTRIES"),
            Column::new("MAX"),
            Column::new("VERSION"),
            Column::wide("REFERENCES"),
        ];
        COLUMNS
    }

    fn cells(&self, id: &str, reader: &Reader) -> Vec<String> {
        let references = change::groups(id, reader).len() + change::tables(id, reader).len();
        vec![
            self.name.clone(),
            id.to_owned(),
            self.family.to_string(),
            entries(id, reader).len().to_string(),
            self.max_entries.to_string(),
            self.version.to_string(),
            references.to_string(),
        ]
    }

    fn name(&self, _: &str) -> String {
        self.name.clone()
    }

    fn spec(&self, id: &str, reader: &Reader) -> Value {
        let entries: Vec<Value> = entries(id, reader).iter().map(entry_spec).collect();
        json!({
            "prefixListName": self.name,
            "addressFamily": self.family.to_string(),
            "maxEntries": self.max_entries,
            "entries": entries,
            "tags": tag::map(id, reader),
        })
    }

    fn status(&self, id: &str, reader: &Reader) -> Value {
        json!({
            "prefixListId": id,
            "prefixListArn": arn("prefix-list", id, reader),
            "state": self.state.as_str(),
            "version": self.version,
            "securityGroupIds": change::groups(id, reader),
            "routeTableIds": change::tables(id, reader),
        })
    }
}

fn entry_spec(entry: &Entry) -> Value {
    let mut spec = Map::from_iter([("cidr".to_owned(), json!(entry.cidr))]);
    spec.extend(entry.description.as_ref().map(|text| ("description".to_owned(), json!(text))));
    Value::Object(spec)
}
