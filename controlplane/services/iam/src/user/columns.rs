use super::User;
use crate::declared;
use crate::entity::Entity;
use controlplane_services_kernel::{Column, Reader, Tabular};
use controlplane_services_native::AccessKey;
use serde_json::{Value, json};

impl Tabular for User {
    const PLURAL: &'static str = "users";

    fn columns() -> &'static [Column] {
        const {
            &[
                Column::new("NAME"),
                Column::new("GROUPS"),
                Column::new("POLICIES"),
                Column::new("KEYS"),
                Column::wide("PATH"),
                Column::wide("ARN"),
            ]
        }
    }

    fn cells(&self, _: &str, reader: &Reader) -> Vec<String> {
        let id = self.name.to_lowercase();
        let keys = AccessKey::of_user(&reader.view, &reader.caller.account, Some(&id)).count();
        let groups: Vec<&str> = self.groups.iter().map(String::as_str).collect();
        vec![
            self.name.clone(),
            groups.join(","),
            self.permissions.count().to_string(),
            keys.to_string(),
            self.path.clone(),
            self.arn(&reader.caller.account),
        ]
    }

    fn name(&self, _: &str) -> String {
        self.name.clone()
    }

    fn spec(&self, _: &str, _: &Reader) -> Value {
        let mut spec = json!({"path": self.path, "groups": self.groups, "tags": self.tags});
        declared::shown(&self.permissions, &mut spec);
        spec
    }

    fn status(&self, _: &str, reader: &Reader) -> Value {
        json!({
            "userId": self.user_id,
            "arn": self.arn(&reader.caller.account),
            "createdAt": self.created_at.to_iso8601(),
            "path": self.path,
            "groups": self.groups,
            "policies": self.permissions.attached,
            "inlinePolicies": self.permissions.inline.keys().collect::<Vec<_>>(),
            "permissionsBoundary": self.permissions.boundary,
            "tags": self.tags,
        })
    }
}
