use super::manifest::ImageSpec;
use super::sharing::LaunchPermission;
use super::types::{Image, Platform};
use crate::tag;
use controlplane_services_kernel::{Column, Reader, Tabular};
use serde_json::{Value, json};

impl Tabular for Image {
    const PLURAL: &'static str = "images";
    const SHORT_NAMES: &'static [&'static str] = &["ami"];

    fn columns() -> &'static [Column] {
        const {
            &[
                Column::new("NAME"),
                Column::new("ID"),
                Column::new("STATE"),
                Column::wide("SOURCE"),
                Column::wide("DESCRIPTION"),
            ]
        }
    }

    fn cells(&self, id: &str, _: &Reader) -> Vec<String> {
        vec![
            self.name.clone(),
            id.to_owned(),
            self.state().to_owned(),
            self.source.to_text(),
            self.description.clone(),
        ]
    }

    fn name(&self, _: &str) -> String {
        self.name.clone()
    }

    fn spec(&self, id: &str, reader: &Reader) -> Value {
        let spec = ImageSpec {
            image_id: Some(id.to_owned()),
            name: Some(self.name.clone()),
            source: self.source.to_text(),
            description: self.description.clone(),
            command: self.command.clone(),
            tags: tag::map(id, reader),
        };
        serde_json::to_value(spec).unwrap_or_default()
    }

    fn status(&self, id: &str, _: &Reader) -> Value {
        json!({
            "imageId": id,
            "state": self.state(),
            "sizeBytes": self.size_bytes,
            "creationDate": self.created_at.to_iso8601(),
            "launchPermissions": self.launch_permissions.iter().map(LaunchPermission::as_str).collect::<Vec<_>>(),
            "platforms": self.source.platforms().iter().map(shown).collect::<Vec<_>>(),
        })
    }
}

fn shown(platform: &Platform) -> Value {
    json!({
        "architecture": platform.architecture,
        "digest": platform.digest,
        "sizeBytes": platform.size_bytes,
        "command": platform.command,
        "environment": platform.environment,
        "workingDirectory": platform.working_directory,
        "user": platform.user,
    })
}

impl Image {
    fn state(&self) -> &'static str {
        if self.deregistered { "deregistered" } else { "available" }
    }
}
