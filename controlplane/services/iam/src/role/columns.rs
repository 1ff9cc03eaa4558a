use super::Role;
use crate::declared::{self, PolicyText};
use crate::entity::Entity;
use crate::last_use::LastUse;
use controlplane_services_kernel::{Column, Reader, Tabular};
use serde_json::{Value, json};

impl Tabular for Role {
    const PLURAL: &'static str = "roles";

    fn columns() -> &'static [Column] {
        const {
            &[
                Column::new("NAME"),
                Column::new("POLICIES"),
                Column::new("DESCRIPTION"),
                Column::wide("LAST-USED"),
                Column::wide("PATH"),
                Column::wide("ARN"),
            ]
        }
    }

    fn cells(&self, _: &str, reader: &Reader) -> Vec<String> {
        vec![
            self.name.clone(),
            self.permissions.count().to_string(),
            self.description.clone().unwrap_or_default(),
            LastUse::of_role(self, reader).map(|used| used.at.to_iso8601()).unwrap_or_default(),
            self.path.clone(),
            self.arn(&reader.caller.account),
        ]
    }

    fn name(&self, _: &str) -> String {
        self.name.clone()
    }

    fn spec(&self, _: &str, _: &Reader) -> Value {
        let mut spec = json!({
            "path": self.path,
            "assumeRolePolicyDocument": PolicyText::of(self.trust.text()),
            "description": self.description,
            "maxSessionDuration": self.max_session_secs,
            "tags": self.tags,
        });
        declared::shown(&self.permissions, &mut spec);
        spec
    }

    fn status(&self, _: &str, reader: &Reader) -> Value {
        json!({
            "roleId": self.role_id,
            "arn": self.arn(&reader.caller.account),
            "createdAt": self.created_at.to_iso8601(),
            "path": self.path,
            "description": self.description,
            "assumeRolePolicyDocument": self.trust.text(),
            "maxSessionDuration": self.max_session_secs,
            "policies": self.permissions.attached,
            "inlinePolicies": self.permissions.inline.keys().collect::<Vec<_>>(),
            "permissionsBoundary": self.permissions.boundary,
            "tags": self.tags,
            "roleLastUsed": LastUse::of_role(self, reader).map(|used| json!({
                "lastUsedDate": used.at.to_iso8601(),
                "region": used.region,
            })),
        })
    }
}
