use super::validate;
use controlplane_services_kernel::{Context, Reader, Record, ServiceError};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The tags of one resource. Id: type and id of the resource. There is no record without tags.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
pub struct ResourceTags {
    /// At least one.
    #[n(0)]
    pub tags: BTreeMap<String, String>,
}

impl Record for ResourceTags {
    // EC2 keeps the tags of its resources under `resource_tags`.
    const KIND: &'static str = "route53_resource_tags";
    const GLOBAL: bool = true;
}

/// What can be tagged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResourceType {
    /// A health check.
    HealthCheck,
    /// A hosted zone.
    HostedZone,
}

impl ResourceType {
    /// AWS's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HealthCheck => "healthcheck",
            Self::HostedZone => "hostedzone",
        }
    }

    /// Id of the record of a resource's tags.
    pub fn tags_id(self, id: &str) -> String {
        format!("{}/{id}", self.as_str())
    }
}

/// A tag on the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Tag {
    /// Up to 128 characters.
    pub key: String,
    /// Up to 256 characters.
    pub value: String,
}

/// The tags of one resource on the wire.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ResourceTagSet {
    resource_type: ResourceType,
    resource_id: String,
    tags: Vec<Tag>,
}

impl ResourceTagSet {
    pub(super) fn of(resource_type: ResourceType, id: &str, cx: &Reader) -> Result<Self, ServiceError> {
        let resource_id = validate::existing(resource_type, id, cx)?.to_owned();
        let found = cx.get::<ResourceTags>(&resource_type.tags_id(&resource_id));
        let tags = found.into_iter().flat_map(|found| &found.tags);
        let tags = tags.map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect();
        Ok(Self { resource_type, resource_id, tags })
    }
}

/// Forgets the tags of a resource that goes away.
pub fn forget(kind: ResourceType, id: &str, cx: &mut Context) {
    let id = kind.tags_id(id);
    if cx.get::<ResourceTags>(&id).is_some() {
        cx.delete::<ResourceTags>(&id);
    }
}
