use super::Region;
use controlplane_services_kernel::{Column, Reader, Tabular};
use serde_json::{Value, json};

impl Tabular for Region {
    const PLURAL: &'static str = "regions";

    fn columns() -> &'static [Column] {
        const {
            &[
                Column::new("NAME"),
                Column::new("ZONES"),
                Column::new("HOME"),
                Column::wide("PUBLIC-ADDRESSES"),
            ]
        }
    }

    fn cells(&self, _: &str, _: &Reader) -> Vec<String> {
        let zones: Vec<&str> = self.zones.iter().map(|zone| zone.name.as_str()).collect();
        let home = if self.is_further { "" } else { "yes" };
        vec![self.name.to_string(), zones.join(","), home.to_owned(), self.public_addresses.to_string()]
    }

    fn name(&self, id: &str) -> String {
        id.to_owned()
    }

    fn status(&self, _: &str, _: &Reader) -> Value {
        json!({
            "zones": self.zones, "publicAddresses": self.public_addresses, "accounts": self.accounts,
            "home": !self.is_further,
        })
    }
}
