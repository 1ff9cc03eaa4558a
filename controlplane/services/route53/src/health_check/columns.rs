use super::HealthCheck;
use controlplane_services_kernel::{Column, Reader, Tabular};
use serde_json::{Value, json};

impl Tabular for HealthCheck {
    const PLURAL: &'static str = "health_checks";
    const SHORT_NAMES: &'static [&'static str] = &["hc"];

    fn columns() -> &'static [Column] {
        const COLUMNS: &[Column] = &[
            Column::new("ID"),
            Column::new("TYPE"),
            Column::new("TARGET"),
            Column::new("INTERVAL"),
            Column::new("THRESHOLD"),
            Column::wide("REFERENCE"),
        ];
        COLUMNS
    }

    fn cells(&self, id: &str, _: &Reader) -> Vec<String> {
        let host = self.address.as_ref().or(self.host.as_ref()).cloned().unwrap_or_default();
        vec![
            id.to_owned(),
            self.kind.as_str().to_owned(),
            format!("{host}:{}{}", self.port, self.path.as_deref().unwrap_or_default()),
            format!("{}s", self.interval_seconds),
            self.failure_threshold.to_string(),
            self.caller_reference.clone(),
        ]
    }

    fn spec(&self, _: &str, _: &Reader) -> Value {
        json!({
            "type": self.kind.as_str(), "ipAddress": self.address, "port": self.port,
            "fullyQualifiedDomainName": self.host, "resourcePath": self.path,
            "requestInterval": self.interval_seconds, "failureThreshold": self.failure_threshold,
            "inverted": self.inverted, "disabled": self.disabled,
        })
    }

    fn status(&self, id: &str, _: &Reader) -> Value {
        json!({"healthCheckId": id, "healthCheckVersion": self.version})
    }
}
