use super::Activity;
use crate::auto_scaling_group::AutoScalingGroup;
use controlplane_services_kernel::{Column, Owner, Reader, Tabular};
use serde_json::{Value, json};

impl Tabular for Activity {
    const PLURAL: &'static str = "scaling_activities";
    const SHORT_NAMES: &'static [&'static str] = &["activity", "activities"];

    fn columns() -> &'static [Column] {
        const {
            &[
                Column::new("GROUP"),
                Column::new("TIME"),
                Column::new("STATUS"),
                Column::new("DESCRIPTION"),
                Column::wide("CAUSE"),
            ]
        }
    }

    fn cells(&self, _: &str, reader: &Reader) -> Vec<String> {
        vec![
            self.group.clone(),
            self.started_at.to_iso8601(),
            Activity::status(self, reader).0.to_owned(),
            self.description(),
            self.cause.clone(),
        ]
    }

    fn owner(&self, _: &Reader) -> Option<Owner> {
        Some(Owner::of::<AutoScalingGroup>(&self.group))
    }

    fn status(&self, _: &str, reader: &Reader) -> Value {
        json!({
            "autoScalingGroupName": self.group, "description": self.description(), "cause": self.cause,
            "startTime": self.started_at.to_iso8601(), "statusCode": Activity::status(self, reader).0,
        })
    }
}
