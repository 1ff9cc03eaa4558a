//! Templates and versions as AWS shows them, in the answers of several actions.

use crate::filter::{Described, Field, maybe, one};
use crate::launch_template::data::{LaunchTemplateData, MetadataOptionsRequest};
use crate::launch_template::types::{LaunchTemplate, LaunchTemplateVersion};
use crate::tag::{self, Tag};
use controlplane_services_kernel::Reader;
use controlplane_types::Timestamp;
use serde::Serialize;

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ShownTemplate {
    pub(crate) launch_template_id: String,
    pub(crate) launch_template_name: String,
    create_time: Timestamp,
    created_by: String,
    pub(crate) default_version_number: u64,
    pub(crate) latest_version_number: u64,
    tags: Vec<Tag>,
}

impl ShownTemplate {
    pub(crate) fn new(id: &str, template: &LaunchTemplate, cx: &Reader) -> Self {
        Self {
            launch_template_id: id.to_owned(),
            launch_template_name: template.name.clone(),
            create_time: template.created_at,
            created_by: template.created_by.clone(),
            default_version_number: template.default_version,
            latest_version_number: template.latest_version,
            tags: tag::of(id, cx),
        }
    }
}

impl Described for ShownTemplate {
    const FILTERS: &'static [Field<Self>] = &[
        ("create-time", |shown| one(shown.create_time)),
        ("launch-template-name", |shown| one(&shown.launch_template_name)),
    ];

    fn id(&self) -> &str {
        &self.launch_template_id
    }

    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ShownVersion {
    #[serde(skip)]
    id: String,
    launch_template_id: String,
    launch_template_name: String,
    pub(crate) version_number: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) version_description: Option<String>,
    create_time: Timestamp,
    created_by: String,
    pub(crate) default_version: bool,
    pub(crate) launch_template_data: LaunchTemplateData,
}

impl ShownVersion {
    pub(crate) fn new(
        id: &str,
        template: &LaunchTemplate,
        number: u64,
        version: &LaunchTemplateVersion,
    ) -> Self {
        Self {
            id: LaunchTemplateVersion::id(id, number),
            launch_template_id: id.to_owned(),
            launch_template_name: template.name.clone(),
            version_number: number,
            version_description: version.description.clone(),
            create_time: version.created_at,
            created_by: version.created_by.clone(),
            default_version: template.default_version == number,
            launch_template_data: version.data.clone(),
        }
    }
}

impl ShownVersion {
    /// As the template names it: by ARN or by name.
    fn profile(&self) -> Vec<String> {
        let named = self.launch_template_data.iam_instance_profile.iter();
        named.flat_map(|named| named.arn.iter().chain(&named.name).cloned()).collect()
    }

    fn of_metadata(&self, value: fn(&MetadataOptionsRequest) -> Option<&String>) -> Vec<String> {
        self.launch_template_data.metadata_options.iter().filter_map(value).cloned().collect()
    }
}

impl Described for ShownVersion {
    const FILTERS: &'static [Field<Self>] = &[
        ("create-time", |shown| one(shown.create_time)),
        ("http-endpoint", |shown| shown.of_metadata(|options| options.http_endpoint.as_ref())),
        ("http-tokens", |shown| shown.of_metadata(|options| options.http_tokens.as_ref())),
        ("iam-instance-profile", ShownVersion::profile),
        ("image-id", |shown| maybe(&shown.launch_template_data.image_id)),
        ("instance-type", |shown| maybe(&shown.launch_template_data.instance_type)),
        ("is-default-version", |shown| one(shown.default_version)),
    ];

    const ABSENT: &'static [&'static str] = &[
        "ebs-optimized",
        "host-resource-group-arn",
        "http-protocol-ipv4",
        "kernel-id",
        "license-configuration-arn",
        "network-card-index",
        "ram-disk-id",
    ];

    fn id(&self) -> &str {
        &self.id
    }

    fn tags(&self) -> &[Tag] {
        &[]
    }
}
