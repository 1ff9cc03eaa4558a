use super::manifest::LaunchTemplateSpec;
use super::types::{LaunchTemplate, LaunchTemplateVersion};
use crate::tag;
use controlplane_services_kernel::{Column, Reader, Tabular};
use serde_json::{Value, json};

impl Tabular for LaunchTemplate {
    const PLURAL: &'static str = "launch_templates";
    const SHORT_NAMES: &'static [&'static str] = &["lt"];

    fn columns() -> &'static [Column] {
        const {
            &[
                Column::new("NAME"),
                Column::new("ID"),
                Column::new("DEFAULT"),
                Column::new("LATEST"),
                Column::wide("TYPE"),
                Column::wide("IMAGE"),
            ]
        }
    }

    fn cells(&self, id: &str, reader: &Reader) -> Vec<String> {
        let data = self.default_data(id, reader).map(|version| version.data.clone()).unwrap_or_default();
        vec![
            self.name.clone(),
            id.to_owned(),
            self.default_version.to_string(),
            self.latest_version.to_string(),
            data.instance_type.unwrap_or_default(),
            data.image_id.unwrap_or_default(),
        ]
    }

    fn name(&self, _: &str) -> String {
        self.name.clone()
    }

    fn spec(&self, id: &str, reader: &Reader) -> Value {
        let version = self.default_data(id, reader);
        let spec = LaunchTemplateSpec {
            launch_template_data: version.map(|version| version.data.clone()).unwrap_or_default(),
            version_description: version.and_then(|version| version.description.clone()),
            tags: tag::map(id, reader),
        };
        serde_json::to_value(spec).unwrap_or_default()
    }

    fn status(&self, id: &str, _: &Reader) -> Value {
        json!({
            "launchTemplateId": id,
            "defaultVersionNumber": self.default_version,
            "latestVersionNumber": self.latest_version,
            "createTime": self.created_at.to_iso8601(),
            "createdBy": self.created_by,
        })
    }
}

impl LaunchTemplate {
    fn default_data<'r>(&self, id: &str, reader: &'r Reader) -> Option<&'r LaunchTemplateVersion> {
        reader.get(&LaunchTemplateVersion::id(id, self.default_version))
    }
}
