use super::JoinToken;
use controlplane_services_kernel::{Column, Reader, Tabular};
use serde_json::{Value, json};

impl Tabular for JoinToken {
    const PLURAL: &'static str = "join_tokens";
    const SHORT_NAMES: &'static [&'static str] = &["token", "tokens"];

    fn columns() -> &'static [Column] {
        const {
            &[
                Column::new("ID"),
                Column::new("ROLE"),
                Column::new("NAME"),
                Column::new("STATE"),
                Column::new("EXPIRES"),
                Column::wide("CREATED"),
                Column::wide("CERTIFICATE"),
            ]
        }
    }

    fn cells(&self, id: &str, reader: &Reader) -> Vec<String> {
        vec![
            id.to_owned(),
            self.role.as_str().to_owned(),
            self.name.clone().unwrap_or_default(),
            self.state(reader.now).to_owned(),
            self.expires_at.to_iso8601(),
            self.created_at.to_iso8601(),
            self.used.as_ref().map(|used| used.serial.clone()).unwrap_or_default(),
        ]
    }

    fn name(&self, id: &str) -> String {
        id.to_owned()
    }

    fn status(&self, _: &str, reader: &Reader) -> Value {
        json!({
            "role": self.role,
            "name": self.name,
            "state": self.state(reader.now),
            "createdAt": self.created_at.to_iso8601(),
            "expiresAt": self.expires_at.to_iso8601(),
            "certificate": self.used.as_ref().map(|used| &used.serial),
        })
    }
}
