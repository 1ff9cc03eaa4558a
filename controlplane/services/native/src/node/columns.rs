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
                Column::wide("LABELS"),
                Column::wide("TAINTS"),
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
            holders(&reader.view, id).count().to_string(),
            self.labels_as_text(),
            self.taints_as_text().join(","),
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
            "labels": self.labels(),
            "taints": self.taints_as_text(),
            "pressures": self.pressures_shown(),
            "zone": self.zone,
            "rack": self.rack,
            "capacity": self.capacity,
            "allocatable": self.capacity.allocatable(),
            "instances": holders(&reader.view, id).count(),
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
    /// Every word about it, such as `Ready,Draining` or `Ready,MemoryPressure`.
    fn standing(&self) -> String {
        let scheduling = Some(self.scheduling()).filter(|scheduling| *scheduling != Scheduling::Open);
        let words = std::iter::once(self.condition.as_str()).chain(scheduling.map(Scheduling::as_str));
        words.chain(self.pressures.keys().map(|scarce| scarce.condition())).collect::<Vec<_>>().join(",")
    }

    /// Its labels but for those with a column of their own.
    fn labels_as_text(&self) -> String {
        let labels = self.labels().into_iter().filter(|(key, _)| key != "zone" && key != "rack");
        labels.map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
    }

    fn taints_as_text(&self) -> Vec<String> {
        self.taints().iter().map(ToString::to_string).collect()
    }

    fn pressures_shown(&self) -> Vec<Value> {
        let shown = self.pressures.iter().map(|(scarce, pressure)| {
            json!({
                "condition": scarce.condition(), "since": pressure.since.to_iso8601(), "reason": pressure.reason,
            })
        });
        shown.collect()
    }
}
