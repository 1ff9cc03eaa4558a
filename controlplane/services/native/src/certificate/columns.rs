use super::Certificate;
use controlplane_services_kernel::{Column, Reader, Tabular};
use serde_json::{Value, json};

impl Tabular for Certificate {
    const PLURAL: &'static str = "certificates";
    const SHORT_NAMES: &'static [&'static str] = &["cert", "certs"];

    fn columns() -> &'static [Column] {
        const {
            &[
                Column::new("SERIAL"),
                Column::new("ROLE"),
                Column::new("NAME"),
                Column::new("STATE"),
                Column::new("NOT-AFTER"),
                Column::wide("NOT-BEFORE"),
                Column::wide("REVOKED"),
            ]
        }
    }

    fn cells(&self, id: &str, reader: &Reader) -> Vec<String> {
        vec![
            id.to_owned(),
            self.role.as_str().to_owned(),
            self.name.clone(),
            self.state(reader.now).to_owned(),
            self.not_after.to_iso8601(),
            self.not_before.to_iso8601(),
            self.revoked_at.map(|at| at.to_iso8601()).unwrap_or_default(),
        ]
    }

    fn name(&self, _: &str) -> String {
        self.holder()
    }

    fn status(&self, id: &str, reader: &Reader) -> Value {
        json!({
            "serial": id,
            "role": self.role,
            "name": self.name,
            "state": self.state(reader.now),
            "notBefore": self.not_before.to_iso8601(),
            "notAfter": self.not_after.to_iso8601(),
            "revokedAt": self.revoked_at.map(|at| at.to_iso8601()),
        })
    }
}
