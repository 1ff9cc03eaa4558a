use controlplane_services_kernel::Record;
use minicbor::{Decode, Encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Keys and values.
pub type Tags = BTreeMap<String, String>;

/// The tags of one resource. Id: the resource's. There is no record without tags.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct ResourceTags {
    /// AWS's name of the resource's type, such as `internet-gateway`.
    #[n(0)]
    pub resource_type: String,
    /// At least one.
    #[n(1)]
    pub tags: Tags,
}

impl Record for ResourceTags {
    const KIND: &'static str = "resource_tags";
}

/// A tag on the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct Tag {
    /// Key, up to 128 characters; it may not begin with `aws:`.
    pub key: String,
    /// Value, up to 256 characters.
    pub value: String,
}

/// Tags for what a create action makes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct TagSpecification {
    /// What gets the tags: `instance` or `network-interface`.
    pub resource_type: String,
    /// The tags, each key once, up to 50.
    pub tags: Vec<Tag>,
}
