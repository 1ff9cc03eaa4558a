use super::capacity;
use super::manifest::InstanceSpec;
use super::types::Instance;
use crate::network_interface;
use crate::subnet::Subnet;
use crate::tag;
use controlplane_scheduler as scheduler;
use controlplane_services_kernel::{Column, Owner, Reader, Record, Tabular};
use serde_json::{Value, json};

impl Tabular for Instance {
    const PLURAL: &'static str = "instances";
    const SHORT_NAMES: &'static [&'static str] = &["i"];

    fn columns() -> &'static [Column] {
        const {
            &[
                Column::new("NAME"),
                Column::new("ID"),
                Column::new("STATE"),
                Column::new("TYPE"),
                Column::new("ZONE"),
                Column::new("ADDRESS"),
                Column::new("PUBLIC"),
                Column::new("NODE"),
                Column::wide("IMAGE"),
                Column::wide("VPC"),
                Column::wide("SUBNET"),
                Column::wide("GROUP"),
                Column::wide("LAUNCHED"),
                Column::wide("REASON"),
            ]
        }
    }

    fn cells(&self, id: &str, reader: &Reader) -> Vec<String> {
        let (address, public) = addresses(id, reader);
        vec![
            tag::name(Self::KIND, id, reader),
            id.to_owned(),
            self.state.as_str().to_owned(),
            self.instance_type.clone(),
            self.zone.clone(),
            address.unwrap_or_default(),
            public.unwrap_or_default(),
            self.node.clone().unwrap_or_default(),
            self.image_id.clone(),
            self.vpc_id.clone(),
            self.subnet_id.clone(),
            self.group.clone().unwrap_or_default(),
            self.launched_at.to_iso8601(),
            self.transition_reason.clone(),
        ]
    }

    fn spec(&self, id: &str, reader: &Reader) -> Value {
        serde_json::to_value(InstanceSpec::of(id, self, reader)).unwrap_or_default()
    }

    fn owner(&self, _: &Reader) -> Option<Owner> {
        // Groups are Auto Scaling's, which this service does not know; the kind is its public name.
        let group = self.group.as_ref().map(|group| Owner { kind: "auto_scaling_group", id: group.clone() });
        group.or_else(|| Some(Owner::of::<Subnet>(&self.subnet_id)))
    }

    fn status(&self, id: &str, reader: &Reader) -> Value {
        let (address, public) = addresses(id, reader);
        let mut status = json!({
            "instanceId": id,
            "reservationId": self.reservation_id,
            "state": self.state.as_str(),
            "stateTransitionReason": self.transition_reason,
            "launchTime": self.launched_at.to_iso8601(),
            "availabilityZone": self.zone,
            "vpcId": self.vpc_id,
            "networkInterfaceIds": self.interfaces,
            "privateIpAddress": address,
            "publicIpAddress": public,
            "node": self.node,
            "run": self.run,
            "startedAt": self.started_at.map(|time| time.to_iso8601()),
        });
        if let Some(reason) = &self.state_reason {
            status["stateReason"] = json!({"code": reason.code, "message": reason.message});
        }
        if let Some(exit) = &self.exit {
            status["exit"] = json!({"code": exit.code, "signal": exit.signal});
        }
        if self.is_unplaced() {
            status["placement"] = json!(why_it_waits(id, self, reader));
        }
        status
    }
}

/// Primary and public address.
fn addresses(id: &str, reader: &Reader) -> (Option<String>, Option<String>) {
    let held = network_interface::of_instance(id, reader);
    let first = held.first();
    let public = first.and_then(|first| first.primary_public_address()).map(|address| address.to_string());
    (first.map(|first| first.primary_address().to_string()), public)
}

/// Why every node refuses it, now; one line per node.
fn why_it_waits(id: &str, instance: &Instance, reader: &Reader) -> Vec<String> {
    let nodes = capacity::nodes(&reader.view, &reader.caller.region);
    if nodes.is_empty() {
        return vec!["there is no node in the region".to_owned()];
    }
    let request = capacity::request(&reader.key::<Instance>(id), instance, &reader.view);
    let refused = scheduler::explain(&nodes, &request);
    if refused.len() < nodes.len() {
        return vec!["a node has room; it will be placed in a moment".to_owned()];
    }
    refused.iter().map(ToString::to_string).collect()
}
