use super::InstanceProfile;
use crate::entity::Entity;
use controlplane_services_kernel::{Column, Reader, Tabular};
use serde_json::{Value, json};

impl Tabular for InstanceProfile {
    const PLURAL: &'static str = "instance_profiles";

    fn columns() -> &'static [Column] {
        const { &[Column::new("NAME"), Column::new("ROLE"), Column::wide("PATH"), Column::wide("ARN")] }
    }

    fn cells(&self, _: &str, reader: &Reader) -> Vec<String> {
        vec![
            self.name.clone(),
            self.role.clone().unwrap_or_default(),
            self.path.clone(),
            self.arn(&reader.caller.account),
        ]
    }

    fn name(&self, _: &str) -> String {
        self.name.clone()
    }

    fn spec(&self, _: &str, _: &Reader) -> Value {
        let roles: Vec<&String> = self.role.iter().collect();
        json!({"path": self.path, "roles": roles, "tags": self.tags})
    }

    fn status(&self, _: &str, reader: &Reader) -> Value {
        json!({
            "instanceProfileId": self.instance_profile_id,
            "arn": self.arn(&reader.caller.account),
            "createdAt": self.created_at.to_iso8601(),
            "path": self.path,
            "role": self.role,
            "tags": self.tags,
        })
    }
}
