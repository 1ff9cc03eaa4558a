//! What a template says about instances: the members of the model's `RequestLaunchTemplateData` we act on.
//!
//! `RunInstances` has the same members under the same names, so it turns itself into this type and a launch knows no
//! other. All are optional: absent means "as the template says", then "AWS's default".

use crate::network_interface::PrivateIpAddressSpecification;
use crate::tag::{Tag, TagSpecification};
use serde::{Deserialize, Serialize};

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct LaunchTemplateData {
    /// `ami-...`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_id: Option<String>,
    /// Such as `t3.micro`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_type: Option<String>,
    /// Name of a key pair.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_name: Option<String>,
    /// Base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_data: Option<String>,
    /// Groups of the first interface, by id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_group_ids: Option<Vec<String>>,
    /// Groups of the first interface, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_groups: Option<Vec<String>>,
    /// Interfaces to create or attach, instead of one by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_interfaces: Option<Vec<InterfaceSpecification>>,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placement: Option<PlacementSpecification>,
    /// How the metadata service answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata_options: Option<MetadataOptionsRequest>,
    /// `stop` or `terminate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_initiated_shutdown_behavior: Option<String>,
    /// Whether `TerminateInstances` is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disable_api_termination: Option<bool>,
    /// Whether `StopInstances` is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disable_api_stop: Option<bool>,
    /// Tags of instances and interfaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag_specifications: Option<Vec<TagSpecification>>,
}

/// An interface to create, or an existing one to attach.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct InterfaceSpecification {
    /// 0 is the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_index: Option<i32>,
    /// An existing interface; then nothing else may be said but what becomes of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_interface_id: Option<String>,
    /// Where to create it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subnet_id: Option<String>,
    /// Security groups, by id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<String>>,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Absent: as the subnet does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub associate_public_ip_address: Option<bool>,
    /// Primary address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_ip_address: Option<String>,
    /// Several addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_ip_addresses: Option<Vec<PrivateIpAddressSpecification>>,
    /// So many addresses beside the primary one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secondary_private_ip_address_count: Option<i32>,
    /// So many IPv6 addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ipv6_address_count: Option<i32>,
    /// Whether it goes with the instance. Absent: created ones do, attached ones do not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delete_on_termination: Option<bool>,
}

/// Where an instance goes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct PlacementSpecification {
    /// A zone's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub availability_zone: Option<String>,
}

/// How the metadata service answers an instance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct MetadataOptionsRequest {
    /// `required` or `optional`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_tokens: Option<String>,
    /// 1 to 64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_put_response_hop_limit: Option<i32>,
    /// `enabled` or `disabled`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_endpoint: Option<String>,
    /// `enabled` or `disabled`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_metadata_tags: Option<String>,
}

impl LaunchTemplateData {
    /// This with what `over` says instead, member by member. Metadata options and placement are joined one level deeper,
    /// tags by resource type and key.
    pub fn overridden_by(self, over: Self) -> Self {
        Self {
            image_id: over.image_id.or(self.image_id),
            instance_type: over.instance_type.or(self.instance_type),
            key_name: over.key_name.or(self.key_name),
            user_data: over.user_data.or(self.user_data),
            security_group_ids: over.security_group_ids.or(self.security_group_ids),
            security_groups: over.security_groups.or(self.security_groups),
            network_interfaces: over.network_interfaces.or(self.network_interfaces),
            placement: over.placement.or(self.placement),
            metadata_options: joined(
                self.metadata_options,
                over.metadata_options,
                MetadataOptionsRequest::join,
            ),
            instance_initiated_shutdown_behavior: over
                .instance_initiated_shutdown_behavior
                .or(self.instance_initiated_shutdown_behavior),
            disable_api_termination: over.disable_api_termination.or(self.disable_api_termination),
            disable_api_stop: over.disable_api_stop.or(self.disable_api_stop),
            tag_specifications: joined(self.tag_specifications, over.tag_specifications, join_tags),
        }
    }
}

fn joined<T>(base: Option<T>, over: Option<T>, join: impl FnOnce(T, T) -> T) -> Option<T> {
    match (base, over) {
        (Some(base), Some(over)) => Some(join(base, over)),
        (base, over) => over.or(base),
    }
}

impl MetadataOptionsRequest {
    fn join(self, over: Self) -> Self {
        Self {
            http_tokens: over.http_tokens.or(self.http_tokens),
            http_put_response_hop_limit: over
                .http_put_response_hop_limit
                .or(self.http_put_response_hop_limit),
            http_endpoint: over.http_endpoint.or(self.http_endpoint),
            instance_metadata_tags: over.instance_metadata_tags.or(self.instance_metadata_tags),
        }
    }
}

fn join_tags(base: Vec<TagSpecification>, over: Vec<TagSpecification>) -> Vec<TagSpecification> {
    let mut joined = base;
    for specification in over {
        match joined.iter_mut().find(|known| known.resource_type == specification.resource_type) {
            Some(known) => known.tags = with(&known.tags, specification.tags),
            None => joined.push(specification),
        }
    }
    joined
}

fn with(base: &[Tag], over: Vec<Tag>) -> Vec<Tag> {
    let kept = base.iter().filter(|tag| over.iter().all(|other| other.key != tag.key)).cloned();
    kept.chain(over.iter().cloned()).collect()
}
