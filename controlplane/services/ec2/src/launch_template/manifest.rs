//! A manifest holds one template under the document's name. Changed data become a new version, which becomes the
//! default; older versions stay, since something may hold their number.

use super::camel;
use super::data::LaunchTemplateData;
use super::types::{LaunchTemplate, find_by_name};
use super::validate;
use crate::errors;
use crate::resource::require;
use crate::tag::{self, Tags};
use controlplane_services_kernel::manifest::{Deletion, Reference};
use controlplane_services_kernel::{Context, Declarative, Reader, ServiceError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What instances are launched with, under the document's name. Versions are kept; the newest one from a manifest is the
/// default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LaunchTemplateSpec {
    /// What a launch from the template says unless it says otherwise itself. Changed data become a new version.
    #[serde(with = "camel")]
    #[schemars(with = "LaunchTemplateData")]
    pub launch_template_data: LaunchTemplateData,
    /// A text about the version for people, up to 255 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_description: Option<String>,
    /// Tags of the template itself, not of its instances: up to 50, keys up to 128 and values up to 256 characters; keys may
    /// not begin with `aws:`.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

impl Declarative for LaunchTemplate {
    type Spec = LaunchTemplateSpec;

    const REFERENCES: &'static [Reference] = &[
        Reference::new("launchTemplateData.imageId", "image"),
        Reference::new("launchTemplateData.securityGroupIds[]", "security_group"),
        Reference::new("launchTemplateData.networkInterfaces[].subnetId", "subnet"),
        Reference::new("launchTemplateData.networkInterfaces[].groups[]", "security_group"),
    ];

    fn create(name: &str, spec: LaunchTemplateSpec, cx: &mut Context) -> Result<String, ServiceError> {
        validate::new_name(name, cx)?;
        validate::description(spec.version_description.as_deref())?;
        validate::data(&spec.launch_template_data)?;
        tag::check(&spec.tags)?;
        validate::store(name, spec.version_description.as_deref(), &spec.launch_template_data, &spec.tags, cx)
    }

    fn update(
        id: &str,
        live: LaunchTemplateSpec,
        wanted: LaunchTemplateSpec,
        cx: &mut Context,
    ) -> Result<(), ServiceError> {
        let description = wanted.version_description.as_deref();
        if live.launch_template_data != wanted.launch_template_data
            || live.version_description.as_deref() != description
        {
            validate::description(description)?;
            validate::data(&wanted.launch_template_data)?;
            let number = validate::store_version(id, description, &wanted.launch_template_data, cx)?;
            validate::set_default(id, number, cx)?;
        }
        tag::redeclare(&errors::LAUNCH_TEMPLATE, id, &live.tags, &wanted.tags, cx)
    }

    fn delete(id: &str, cx: &mut Context) -> Result<Deletion, ServiceError> {
        require::<LaunchTemplate>(id, cx)?;
        validate::remove(id, cx);
        Ok(Deletion::Done)
    }

    fn find(name: &str, reader: &Reader) -> Option<String> {
        find_by_name(name, reader).map(|found| found.key.id().to_owned())
    }
}
