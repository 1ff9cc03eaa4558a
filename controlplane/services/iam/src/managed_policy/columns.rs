use super::{ManagedPolicy, Usage};
use crate::declared::PolicyText;
use crate::entity::Entity;
use controlplane_services_kernel::{Column, Reader, Tabular};
use serde_json::{Value, json};

impl Tabular for ManagedPolicy {
    const PLURAL: &'static str = "iam_policies";
    const SHORT_NAMES: &'static [&'static str] = &["policy", "policies"];

    fn columns() -> &'static [Column] {
        const {
            &[
                Column::new("NAME"),
                Column::new("DEFAULT-VERSION"),
                Column::new("VERSIONS"),
                Column::new("ATTACHED"),
                Column::new("DESCRIPTION"),
                Column::wide("PATH"),
                Column::wide("ARN"),
            ]
        }
    }

    fn cells(&self, _: &str, reader: &Reader) -> Vec<String> {
        let arn = self.arn(&reader.caller.account);
        vec![
            self.name.clone(),
            format!("v{}", self.default_version),
            self.versions.len().to_string(),
            Usage::of(&arn, reader).attached.to_string(),
            self.description.clone().unwrap_or_default(),
            self.path.clone(),
            arn,
        ]
    }

    fn name(&self, _: &str) -> String {
        self.name.clone()
    }

    fn spec(&self, _: &str, _: &Reader) -> Value {
        let document = self.versions.get(&self.default_version);
        json!({
            "path": self.path,
            "policyDocument": document.map(|version| PolicyText::of(version.document.text())),
            "description": self.description,
            "tags": self.tags,
        })
    }

    fn status(&self, _: &str, reader: &Reader) -> Value {
        let arn = self.arn(&reader.caller.account);
        let document = self.versions.get(&self.default_version).map(|version| version.document.text());
        json!({
            "policyId": self.policy_id,
            "createdAt": self.created_at.to_iso8601(),
            "path": self.path,
            "description": self.description,
            "defaultVersion": format!("v{}", self.default_version),
            "policyDocument": document,
            "attachmentCount": Usage::of(&arn, reader).attached,
            "arn": arn,
            "tags": self.tags,
        })
    }
}
