use super::{CheckKind, HealthCheck, HealthCheckConfig};
use crate::tag::{self, ResourceType};
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
        let seconds = self.interval_seconds;
        vec![
            id.to_owned(),
            self.kind.as_str().to_owned(),
            self.target(),
            if seconds == 0 { String::new() } else { format!("{seconds}s") },
            self.threshold(),
            self.caller_reference.clone(),
        ]
    }

    fn spec(&self, id: &str, reader: &Reader) -> Value {
        let config = HealthCheckConfig::from(self);
        json!({
            "type": config.r#type, "ipAddress": config.ip_address, "port": config.port,
            "fullyQualifiedDomainName": config.fully_qualified_domain_name, "resourcePath": config.resource_path,
            "searchString": config.search_string, "requestInterval": config.request_interval,
            "failureThreshold": config.failure_threshold, "measureLatency": config.measure_latency,
            "enableSNI": config.enable_sni, "regions": config.regions, "inverted": config.inverted,
            "disabled": config.disabled, "healthThreshold": config.health_threshold,
            "childHealthChecks": config.child_health_checks,
            "tags": tag::map(ResourceType::HealthCheck, id, reader),
        })
    }

    fn status(&self, id: &str, _: &Reader) -> Value {
        json!({"healthCheckId": id, "healthCheckVersion": self.version})
    }
}

impl HealthCheck {
    fn target(&self) -> String {
        if self.kind == CheckKind::Calculated {
            return format!("{} checks", self.children.len());
        }
        let host = self.address.as_ref().or(self.host.as_ref()).cloned().unwrap_or_default();
        format!("{host}:{}{}", self.port, self.path.as_deref().unwrap_or_default())
    }

    fn threshold(&self) -> String {
        match self.kind {
            CheckKind::Calculated => self.health_threshold.to_string(),
            _ => self.failure_threshold.to_string(),
        }
    }
}
