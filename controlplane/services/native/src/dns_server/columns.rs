use super::DnsServer;
use controlplane_services_kernel::{Column, Reader, Tabular};
use serde_json::{Value, json};

impl Tabular for DnsServer {
    const PLURAL: &'static str = "dns_servers";
    const SHORT_NAMES: &'static [&'static str] = &["dns"];

    fn columns() -> &'static [Column] {
        const {
            &[
                Column::new("NAME"),
                Column::new("HEALTH-ADDRESS"),
                Column::new("REGISTERED"),
                Column::wide("CHECKER-REGION"),
            ]
        }
    }

    fn cells(&self, id: &str, _: &Reader) -> Vec<String> {
        let registered = self.registered_at.to_iso8601();
        vec![id.to_owned(), self.health_address.clone(), registered, self.checker_region.clone()]
    }

    fn name(&self, id: &str) -> String {
        id.to_owned()
    }

    fn status(&self, _: &str, _: &Reader) -> Value {
        json!({
            "healthAddress": self.health_address, "registeredAt": self.registered_at.to_iso8601(),
            "checkerRegion": self.checker_region,
            "logsQueries": self.logs_queries,
        })
    }
}
