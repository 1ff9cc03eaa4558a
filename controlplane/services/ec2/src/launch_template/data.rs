//! What a template says about instances: the members of the model's `RequestLaunchTemplateData` we act on.
//!
//! `RunInstances` has the same members under the same names, so it turns itself into this type and a launch knows no
//! other. All are optional: absent means "as the template says", then "AWS's default".

use crate::instance_profile::InstanceProfileSpecification;
use crate::network_interface::PrivateIpAddressSpecification;
use crate::tag::{Tag, TagSpecification};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct LaunchTemplateData {
    /// The image to start: `ami-...`, or in a manifest the name of an image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_id: Option<String>,
    /// How much CPU and memory an instance gets, such as `t3.micro`. Absent: `m1.small`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_type: Option<String>,
    /// Name of the key pair whose public key the instance gets. Absent: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_name: Option<String>,
    /// Whose role the instance's programs may take on. Absent: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iam_instance_profile: Option<InstanceProfileSpecification>,
    /// A script or configuration for the first start, in base64; up to 16 KiB before encoding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_data: Option<String>,
    /// Security groups of the first interface, by id. Absent: the default group of the VPC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_group_ids: Option<Vec<String>>,
    /// Security groups of the first interface, by name; they are looked for in the VPC of the subnet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_groups: Option<Vec<String>>,
    /// Interfaces to create or attach. Absent: one is created in the subnet of the launch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_interfaces: Option<Vec<InterfaceSpecification>>,
    /// Where instances run. Absent: the scheduler chooses among the zones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placement: Option<PlacementSpecification>,
    /// How the metadata service at 169.254.169.254 answers the instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata_options: Option<MetadataOptionsRequest>,
    /// What becomes of an instance whose first process ends: it stops and stays, or it is terminated. Absent: `stop`.
    #[schemars(extend("enum" = ["stop", "terminate"]))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_initiated_shutdown_behavior: Option<String>,
    /// Whether termination is refused until this is turned off. Absent: no.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disable_api_termination: Option<bool>,
    /// Whether stopping is refused until this is turned off. Absent: no.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disable_api_stop: Option<bool>,
    /// Tags that a launch gives to what it makes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag_specifications: Option<Vec<TagSpecification>>,
}

/// A network interface to create, or an existing one to attach.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct InterfaceSpecification {
    /// Place of the interface in the instance; 0 is the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_index: Option<i32>,
    /// Id of an existing interface to attach. Then nothing else may be said but `deviceIndex` and `deleteOnTermination`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_interface_id: Option<String>,
    /// Subnet to create it in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subnet_id: Option<String>,
    /// Its security groups, by id. Absent: the default group of the VPC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<String>>,
    /// A text about the interface for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether it gets a public IPv4 address. Absent: what `mapPublicIpOnLaunch` of the subnet says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub associate_public_ip_address: Option<bool>,
    /// Its primary IPv4 address, one of the subnet that is free. Absent: any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_ip_address: Option<String>,
    /// Its IPv4 addresses one by one, instead of `privateIpAddress`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_ip_addresses: Option<Vec<PrivateIpAddressSpecification>>,
    /// How many IPv4 addresses it gets beside the primary one; the region chooses them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secondary_private_ip_address_count: Option<i32>,
    /// How many IPv6 addresses it gets; the region chooses them. Absent: what the subnet says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ipv6_address_count: Option<i32>,
    /// Whether it is deleted with the instance. Absent: an interface made by the launch is, an attached one is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delete_on_termination: Option<bool>,
}

/// Where an instance runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct PlacementSpecification {
    /// Name of an availability zone, such as `us-east-1a`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub availability_zone: Option<String>,
}

/// How the metadata service answers an instance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct MetadataOptionsRequest {
    /// Whether requests need a session token (IMDSv2). Absent: `optional`.
    #[schemars(extend("enum" = ["required", "optional"]))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_tokens: Option<String>,
    /// How many hops the answer to a token request may go. Absent: 1.
    #[schemars(range(min = 1, max = 64))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_put_response_hop_limit: Option<i32>,
    /// Whether the service answers at all. Absent: `enabled`.
    #[schemars(extend("enum" = ["enabled", "disabled"]))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_endpoint: Option<String>,
    /// Whether it shows the tags of the instance. Absent: `disabled`.
    #[schemars(extend("enum" = ["enabled", "disabled"]))]
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
            iam_instance_profile: over.iam_instance_profile.or(self.iam_instance_profile),
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
    pub(crate) fn join(self, over: Self) -> Self {
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
