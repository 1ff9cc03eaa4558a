use super::{Condition, Node, Scheduling, holders};
use controlplane_services_kernel::{Column, Reader, Tabular};
use serde_json::{Value, json};

impl Tabular for Node {
    const PLURAL: &'static str = "nodes";
    const SHORT_NAMES: &'static [&'static str] = &["no"];

    fn columns() -> &'static [Column] {
        const {
            &[
                Column::new("NAME"),
                Column::new("CONDITION"),
                Column::new("ZONE"),
                Column::new("RACK"),
                Column::new("VCPUS"),
                Column::new("MEMORY"),
                Column::new("INSTANCES"),
                Column::wide("ADDRESS"),
                Column::wide("AGENT"),
                Column::wide("REGISTERED"),
            ]
        }
    }

    fn cells(&self, id: &str, reader: &Reader) -> Vec<String> {
        vec![
            id.to_owned(),
            self.standing(),
            self.zone.to_string(),
            self.rack.clone(),
            self.capacity.vcpus.to_string(),
            format!("{}Mi", self.capacity.memory_mib),
            holders(&reader.view, &reader.caller.region, id).count().to_string(),
            self.underlay_address.clone(),
            self.agent_version.clone(),
            self.registered_at.to_iso8601(),
        ]
    }

    fn name(&self, id: &str) -> String {
        id.to_owned()
    }

    fn status(&self, id: &str, reader: &Reader) -> Value {
        let mut status = json!({
            "condition": self.condition.as_str(),
            "scheduling": self.scheduling().as_str(),
            "labels": self.labels,
            "zone": self.zone,
            "rack": self.rack,
            "capacity": self.capacity,
            "allocatable": self.capacity.allocatable(),
            "instances": holders(&reader.view, &reader.caller.region, id).count(),
            "underlayAddress": self.underlay_address,
            "bootId": self.boot_id,
            "agentVersion": self.agent_version,
            "registeredAt": self.registered_at.to_iso8601(),
        });
        if let Condition::NotReady { since, reason } = &self.condition {
            status["notReady"] = json!({"since": since.to_iso8601(), "reason": reason});
        }
        if let Some(cordon) = &self.cordon {
            status["cordonedAt"] = json!(cordon.since.to_iso8601());
        }
        status
    }
}

impl Node {
    /// Both words about it, such as `Ready,Draining`.
    fn standing(&self) -> String {
        match self.scheduling() {
            Scheduling::Open => self.condition.as_str().to_owned(),
            other => format!("{},{}", self.condition.as_str(), other.as_str()),
        }
    }
}
