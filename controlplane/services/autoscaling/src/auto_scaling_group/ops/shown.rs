//! Groups, members and tags as AWS shows and takes them.

use super::scale_group::{TEMPLATE_ID_TAG, TEMPLATE_VERSION_TAG};
use crate::auto_scaling_group::maintenance::MaintenancePolicyShape;
use crate::auto_scaling_group::{AutoScalingGroup, GroupTag, Member, members};
use controlplane_services_ec2::launch_template::LaunchTemplate;
use controlplane_services_ec2::tag;
use controlplane_services_kernel::Reader;
use controlplane_types::Timestamp;
use serde::{Deserialize, Serialize};

/// A tag on the wire.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TagShape {
    /// The group's name, where AWS wants it repeated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<String>,
    /// `auto-scaling-group`, where AWS wants it repeated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<String>,
    /// Key.
    pub key: String,
    /// Value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// New instances get it too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub propagate_at_launch: Option<bool>,
}

impl TagShape {
    /// The only thing these tags belong to.
    pub const RESOURCE_TYPE: &'static str = "auto-scaling-group";

    /// Whether what the tag says about its resource, if anything, means the group `name`.
    pub(in crate::auto_scaling_group) fn belongs_to(&self, name: &str) -> bool {
        self.resource_id.as_deref().is_none_or(|id| id == name)
            && self.resource_type.as_deref().is_none_or(|kind| kind == Self::RESOURCE_TYPE)
    }
}

impl From<&TagShape> for GroupTag {
    fn from(tag: &TagShape) -> Self {
        Self {
            key: tag.key.clone(),
            value: tag.value.clone().unwrap_or_default(),
            propagate_at_launch: tag.propagate_at_launch.unwrap_or(false),
        }
    }
}

/// A launch template on the way out.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TemplateShown {
    launch_template_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    launch_template_name: Option<String>,
    version: String,
}

impl TemplateShown {
    pub(super) fn of(group: &AutoScalingGroup, reader: &Reader) -> Self {
        Self {
            launch_template_id: group.template.id.clone(),
            launch_template_name: reader
                .get::<LaunchTemplate>(&group.template.id)
                .map(|found| found.name.clone()),
            version: group.template.version.clone(),
        }
    }

    /// What a member was made from, which may not be what the group makes members from now. Its tags say.
    pub(super) fn of_member(member: &Member<'_>, group: &AutoScalingGroup, reader: &Reader) -> Self {
        let said = |key: &str| tag::get(member.id, key, reader).map(str::to_owned);
        let (Some(id), Some(version)) = (said(TEMPLATE_ID_TAG), said(TEMPLATE_VERSION_TAG)) else {
            return Self::of(group, reader);
        };
        let launch_template_name = reader.get::<LaunchTemplate>(&id).map(|found| found.name.clone());
        Self { launch_template_id: id, launch_template_name, version }
    }
}

/// A member inside its group.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct MemberShown {
    instance_id: String,
    instance_type: String,
    availability_zone: String,
    lifecycle_state: &'static str,
    health_status: &'static str,
    launch_template: TemplateShown,
    image_id: String,
    protected_from_scale_in: bool,
}

impl MemberShown {
    fn of(member: &Member<'_>, group: &AutoScalingGroup, reader: &Reader) -> Self {
        Self {
            instance_id: member.id.to_owned(),
            instance_type: member.instance.instance_type.clone(),
            availability_zone: member.instance.zone.clone(),
            lifecycle_state: member.lifecycle_state(),
            health_status: member.health_status(),
            launch_template: TemplateShown::of_member(member, group, reader),
            image_id: member.instance.image_id.clone(),
            protected_from_scale_in: false,
        }
    }
}

/// A group as AWS shows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GroupShown {
    auto_scaling_group_name: String,
    #[serde(rename = "AutoScalingGroupARN")]
    arn: String,
    launch_template: TemplateShown,
    min_size: u32,
    max_size: u32,
    desired_capacity: u32,
    default_cooldown: u32,
    availability_zones: Vec<String>,
    load_balancer_names: Vec<String>,
    #[serde(rename = "TargetGroupARNs")]
    target_group_arns: Vec<String>,
    health_check_type: &'static str,
    health_check_grace_period: u32,
    instances: Vec<MemberShown>,
    created_time: Timestamp,
    suspended_processes: Vec<String>,
    #[serde(rename = "VPCZoneIdentifier")]
    vpc_zone_identifier: String,
    enabled_metrics: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    tags: Vec<TagShape>,
    termination_policies: Vec<&'static str>,
    new_instances_protected_from_scale_in: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance_maintenance_policy: Option<MaintenancePolicyShape>,
}

impl GroupShown {
    pub(super) fn of(name: &str, group: &AutoScalingGroup, with_instances: bool, reader: &Reader) -> Self {
        let key = reader.key::<AutoScalingGroup>(name);
        let members = members(&reader.view, &key, group, reader.now);
        let (account, region) = (&reader.caller.account, &reader.caller.region);
        Self {
            auto_scaling_group_name: name.to_owned(),
            arn: format!(
                "arn:aws:autoscaling:{region}:{account}:autoScalingGroup:{name}:autoScalingGroupName/{name}"
            ),
            launch_template: TemplateShown::of(group, reader),
            min_size: group.min_size,
            max_size: group.max_size,
            desired_capacity: group.desired_capacity,
            default_cooldown: 300,
            availability_zones: group.zones(reader),
            load_balancer_names: Vec::new(),
            target_group_arns: Vec::new(),
            health_check_type: "EC2",
            health_check_grace_period: group.health_check_grace_seconds,
            instances: members
                .iter()
                .filter(|_| with_instances)
                .map(|member| MemberShown::of(member, group, reader))
                .collect(),
            created_time: group.created_at,
            suspended_processes: Vec::new(),
            vpc_zone_identifier: group.subnet_ids.join(","),
            enabled_metrics: Vec::new(),
            status: group.deleting.then_some("Delete in progress"),
            tags: group.tags.iter().map(|tag| tag_shown(name, tag)).collect(),
            termination_policies: vec!["Default"],
            new_instances_protected_from_scale_in: false,
            instance_maintenance_policy: group.maintenance_policy.map(Into::into),
        }
    }
}

/// A group's tag on the wire.
pub(in crate::auto_scaling_group) fn tag_shown(group: &str, tag: &GroupTag) -> TagShape {
    TagShape {
        resource_id: Some(group.to_owned()),
        resource_type: Some(TagShape::RESOURCE_TYPE.to_owned()),
        key: tag.key.clone(),
        value: Some(tag.value.clone()),
        propagate_at_launch: Some(tag.propagate_at_launch),
    }
}
