use super::ops::create_auto_scaling_group::{CreateAutoScalingGroupInput, create};
use super::ops::delete_auto_scaling_group;
use super::ops::update_auto_scaling_group::{UpdateAutoScalingGroupInput, updated};
use super::{AutoScalingGroup, GroupTag, existing, validate};
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

    fn group_tags(&self) -> Result<Vec<GroupTag>, ServiceError> {
        let tags = self.tags.iter().map(|(key, value)| GroupTag {
            key: key.clone(),
            value: value.clone(),
            propagate_at_launch: true,
        });
        validate::tags(tags.collect())
    }

    fn subnets(&self) -> Option<String> {
        Some(self.vpc_zone_identifier.join(","))
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
        let registry = spec.service_registry.clone().map(|registry| registry.checked(cx)).transpose()?;
        let input = CreateAutoScalingGroupInput {
            auto_scaling_group_name: name.to_owned(),
            launch_template: Some(spec.template()),
            min_size: spec.min_size,
            max_size: spec.max_size,
            desired_capacity: spec.desired_capacity,
            vpc_zone_identifier: spec.subnets(),
            health_check_grace_period: Some(spec.health_check_grace_period),
            ..CreateAutoScalingGroupInput::default()
        };
        create(&input, registry, cx)?;
        let group = AutoScalingGroup { tags: spec.group_tags()?, ..existing(name, cx)?.clone() };
        cx.put(name, group);
        Ok(name.to_owned())
    }

    fn update(
        name: &str,
        _: AutoScalingGroupSpec,
        new: AutoScalingGroupSpec,
        cx: &mut Context,
    ) -> Result<(), ServiceError> {
        let registry = new.service_registry.clone().map(|registry| registry.checked(cx)).transpose()?;
        let input = UpdateAutoScalingGroupInput {
            auto_scaling_group_name: name.to_owned(),
            launch_template: Some(new.template()),
            min_size: Some(new.min_size),
            max_size: Some(new.max_size),
            desired_capacity: new.desired_capacity,
            vpc_zone_identifier: new.subnets(),
            health_check_grace_period: Some(new.health_check_grace_period),
            ..UpdateAutoScalingGroupInput::default()
        };
        let before = existing(name, cx)?.clone();
        if before.service_registry != registry {
            service_registry::clear(name, cx)?;
        }
        let group = updated(before, &input, cx)?;
        cx.put(name, AutoScalingGroup { tags: new.group_tags()?, service_registry: registry, ..group });
        Ok(())
    }

    fn delete(name: &str, cx: &mut Context) -> Result<Deletion, ServiceError> {
        delete_auto_scaling_group::delete(name, true, cx)
    }

    fn find(name: &str, reader: &Reader) -> Option<String> {
        reader.get::<AutoScalingGroup>(name).map(|_| name.to_owned())
    }
}
