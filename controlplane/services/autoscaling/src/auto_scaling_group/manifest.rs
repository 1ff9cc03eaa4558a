use super::maintenance::{MaintenancePolicyShape, MaintenancePolicySpec};
use super::ops::create_auto_scaling_group::{CreateAutoScalingGroupInput, create};
use super::ops::delete_auto_scaling_group;
use super::ops::shown::TagShape;
use super::ops::update_auto_scaling_group::{UpdateAutoScalingGroupInput, updated};
use super::{AutoScalingGroup, GroupTag, validate};
use crate::service_registry::{self, ServiceRegistry};
use controlplane_services_ec2::launch_template::LaunchTemplateSpecification;
use controlplane_services_kernel::manifest::{Deletion, Reference};
use controlplane_services_kernel::{Context, Declarative, Reader, ServiceError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Spec of a group; its name is the document's.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AutoScalingGroupSpec {
    min_size: i64,
    max_size: i64,
    #[serde(default)]
    desired_capacity: Option<i64>,
    launch_template: TemplateSpec,
    vpc_zone_identifier: Vec<String>,
    #[serde(default)]
    health_check_grace_period: i64,
    /// Instances get them too.
    #[serde(default)]
    tags: BTreeMap<String, String>,
    #[serde(default)]
    service_registry: Option<ServiceRegistry>,
    #[serde(default)]
    instance_maintenance_policy: Option<MaintenancePolicySpec>,
}

/// Which launch template.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TemplateSpec {
    launch_template_id: String,
    #[serde(default)]
    version: Option<String>,
}

impl AutoScalingGroupSpec {
    fn template(&self) -> LaunchTemplateSpecification {
        LaunchTemplateSpecification {
            launch_template_id: Some(self.launch_template.launch_template_id.clone()),
            launch_template_name: None,
            version: Some(self.launch_template.version.clone().unwrap_or_else(|| "$Latest".to_owned())),
        }
    }

    fn shapes(&self) -> Vec<TagShape> {
        let tags = self.tags.iter().map(|(key, value)| TagShape {
            key: key.clone(),
            value: Some(value.clone()),
            propagate_at_launch: Some(true),
            ..TagShape::default()
        });
        tags.collect()
    }

    fn registry(&self, group: &str, cx: &Context) -> Result<Option<ServiceRegistry>, ServiceError> {
        self.service_registry.clone().map(|registry| registry.checked(group, cx)).transpose()
    }

    /// A manifest that says nothing of a policy wants none.
    fn maintenance_policy(&self) -> MaintenancePolicyShape {
        self.instance_maintenance_policy.map_or(MaintenancePolicyShape::NONE, Into::into)
    }

    fn subnets(&self) -> Option<String> {
        Some(self.vpc_zone_identifier.join(","))
    }
}

/// Manifests declare tags that instances get too; tags of the group alone, set through the AWS API, stay.
fn declared_tags(
    name: &str,
    before: &AutoScalingGroup,
    spec: &AutoScalingGroupSpec,
) -> Result<Vec<GroupTag>, ServiceError> {
    let own = before.tags.iter().filter(|tag| !tag.propagate_at_launch && !spec.tags.contains_key(&tag.key));
    let own = own.map(|tag| TagShape {
        key: tag.key.clone(),
        value: Some(tag.value.clone()),
        propagate_at_launch: Some(false),
        ..TagShape::default()
    });
    validate::tags(name, &spec.shapes().into_iter().chain(own).collect::<Vec<_>>())
}

impl AutoScalingGroup {
    /// Tags as a manifest says them.
    pub(super) fn propagated_tags(&self) -> BTreeMap<&str, &str> {
        let propagated = self.tags.iter().filter(|tag| tag.propagate_at_launch);
        propagated.map(|tag| (tag.key.as_str(), tag.value.as_str())).collect()
    }
}

impl Declarative for AutoScalingGroup {
    type Spec = AutoScalingGroupSpec;
    const REFERENCES: &'static [Reference] = &[
        Reference::new("launchTemplate.launchTemplateId", "launch_template"),
        Reference::new("vpcZoneIdentifier[]", "subnet"),
        Reference::new("serviceRegistry.hostedZoneId", "hosted_zone"),
    ];

    fn create(name: &str, spec: AutoScalingGroupSpec, cx: &mut Context) -> Result<String, ServiceError> {
        let registry = spec.registry(name, cx)?;
        let input = CreateAutoScalingGroupInput {
            auto_scaling_group_name: name.to_owned(),
            launch_template: Some(spec.template()),
            min_size: spec.min_size,
            max_size: spec.max_size,
            desired_capacity: spec.desired_capacity,
            vpc_zone_identifier: spec.subnets(),
            health_check_grace_period: Some(spec.health_check_grace_period),
            tags: Some(spec.shapes()),
            instance_maintenance_policy: Some(spec.maintenance_policy()),
            ..CreateAutoScalingGroupInput::default()
        };
        create(&input, registry, cx)?;
        Ok(name.to_owned())
    }

    fn update(
        name: &str,
        _: AutoScalingGroupSpec,
        new: AutoScalingGroupSpec,
        cx: &mut Context,
    ) -> Result<(), ServiceError> {
        let registry = new.registry(name, cx)?;
        let input = UpdateAutoScalingGroupInput {
            auto_scaling_group_name: name.to_owned(),
            launch_template: Some(new.template()),
            min_size: Some(new.min_size),
            max_size: Some(new.max_size),
            desired_capacity: new.desired_capacity,
            vpc_zone_identifier: new.subnets(),
            health_check_grace_period: Some(new.health_check_grace_period),
            instance_maintenance_policy: Some(new.maintenance_policy()),
            ..UpdateAutoScalingGroupInput::default()
        };
        let before = validate::changeable(name, cx)?.clone();
        if before.service_registry != registry {
            service_registry::clear(name, cx)?;
        }
        let tags = declared_tags(name, &before, &new)?;
        let group = AutoScalingGroup { tags, service_registry: registry, ..updated(before, &input, cx)? };
        cx.put(name, group);
        // In the same commit, so that no client ever meets an empty name.
        service_registry::sync(name, cx)
    }

    fn delete(name: &str, cx: &mut Context) -> Result<Deletion, ServiceError> {
        delete_auto_scaling_group::delete(name, true, cx)
    }

    fn find(name: &str, reader: &Reader) -> Option<String> {
        reader.get::<AutoScalingGroup>(name).map(|_| name.to_owned())
    }
}
