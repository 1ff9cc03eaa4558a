use super::maintenance::MaintenancePolicySpec;
use super::{AutoScalingGroup, Member, members};
use controlplane_services_kernel::{Column, Reader, Tabular};
use serde_json::{Value, json};

impl Tabular for AutoScalingGroup {
    const PLURAL: &'static str = "auto_scaling_groups";
    const SHORT_NAMES: &'static [&'static str] = &["asg", "asgs"];

    fn columns() -> &'static [Column] {
        const {
            &[
                Column::new("NAME"),
                Column::new("MIN"),
                Column::new("MAX"),
                Column::new("DESIRED"),
                Column::new("IN-SERVICE"),
                Column::new("ZONES"),
                Column::wide("SUBNETS"),
                Column::wide("TEMPLATE"),
            ]
        }
    }

    fn cells(&self, id: &str, reader: &Reader) -> Vec<String> {
        vec![
            id.to_owned(),
            self.min_size.to_string(),
            self.max_size.to_string(),
            self.desired_capacity.to_string(),
            in_service(&self.members(id, reader)).to_string(),
            self.zones(reader).join(","),
            self.subnet_ids.join(","),
            format!("{} {}", self.template.id, self.template.version),
        ]
    }

    fn name(&self, id: &str) -> String {
        id.to_owned()
    }

    fn spec(&self, _: &str, _: &Reader) -> Value {
        json!({
            "minSize": self.min_size, "maxSize": self.max_size, "desiredCapacity": self.desired_capacity,
            "launchTemplate": {"launchTemplateId": self.template.id, "version": self.template.version},
            "vpcZoneIdentifier": self.subnet_ids, "healthCheckGracePeriod": self.health_check_grace_seconds,
            "tags": self.propagated_tags(), "serviceRegistry": self.service_registry,
            "instanceMaintenancePolicy": self.maintenance_policy.map(MaintenancePolicySpec::from),
        })
    }

    fn status(&self, id: &str, reader: &Reader) -> Value {
        let members = self.members(id, reader);
        let instances: Vec<Value> = members
            .iter()
            .map(|member| {
                json!({
                    "instanceId": member.id, "lifecycleState": member.lifecycle_state(),
                    "healthStatus": member.health_status(), "availabilityZone": member.instance.zone,
                })
            })
            .collect();
        let stable =
            in_service(&members) == self.desired_capacity as usize && members.iter().all(Member::is_healthy);
        json!({
            "inService": in_service(&members), "stable": stable, "deleting": self.deleting, "instances": instances,
            "retryAt": self.retry.as_ref().map(|retry| retry.at.to_iso8601()),
        })
    }
}

impl AutoScalingGroup {
    fn members<'r>(&self, id: &str, reader: &'r Reader) -> Vec<Member<'r>> {
        members(&reader.view, &reader.key::<Self>(id), self, reader.now)
    }
}

fn in_service(members: &[Member<'_>]) -> usize {
    members.iter().filter(|member| member.in_service()).count()
}
