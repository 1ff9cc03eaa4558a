use super::Group;
use crate::declared;
use crate::entity::Entity;
use controlplane_services_kernel::{Column, Reader, Tabular};
use serde_json::{Value, json};

impl Tabular for Group {
    const PLURAL: &'static str = "user_groups";
    const SHORT_NAMES: &'static [&'static str] = &["ug"];

    fn columns() -> &'static [Column] {
        const {
            &[
                Column::new("NAME"),
                Column::new("USERS"),
                Column::new("POLICIES"),
                Column::wide("PATH"),
                Column::wide("ARN"),
            ]
        }
    }

    fn cells(&self, _: &str, reader: &Reader) -> Vec<String> {
        vec![
            self.name.clone(),
            self.users(reader).count().to_string(),
            self.permissions.count().to_string(),
            self.path.clone(),
            self.arn(&reader.caller.account),
        ]
    }

    fn name(&self, _: &str) -> String {
        self.name.clone()
    }

    fn spec(&self, _: &str, _: &Reader) -> Value {
        let mut spec = json!({"path": self.path});
        declared::shown(&self.permissions, &mut spec);
        spec
    }

    fn status(&self, _: &str, reader: &Reader) -> Value {
        json!({
            "groupId": self.group_id,
            "arn": self.arn(&reader.caller.account),
            "createdAt": self.created_at.to_iso8601(),
            "path": self.path,
            "users": self.users(reader).map(|user| &user.name).collect::<Vec<_>>(),
            "policies": self.permissions.attached,
            "inlinePolicies": self.permissions.inline.keys().collect::<Vec<_>>(),
        })
    }
}
