use super::maintenance::{MaintenancePolicyShape, MaintenancePolicySpec};
use super::ops::create_auto_scaling_group::{CreateAutoScalingGroupInput, create};
use super::ops::delete_auto_scaling_group;
use super::ops::shown::TagShape;
use super::ops::update_auto_scaling_group::{UpdateAutoScalingGroupInput, updated};
use super::{AutoScalingGroup, GroupTag, validate};
use crate::service_registry::{self, ServiceRegistry};
use controlplane_services_ec2::launch_template::LaunchTemplateSpecification;
use controlplane_services_kernel::manifest::{Deletion, Join, Reference};
use controlplane_services_kernel::{Context, Declarative, Reader, ServiceError};
use controlplane_types::dns::Name;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A number of like instances over zones, kept up: who fails is replaced. Its name is the document's.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AutoScalingGroupSpec {
    /// The fewest instances the group has.
    #[schemars(range(min = 0))]
    min_size: i64,
    /// The most instances the group has; at least `minSize`.
    #[schemars(range(min = 0))]
    max_size: i64,
    /// How many instances it shall have now, from `minSize` to `maxSize`. Absent: `minSize` at first, later what was asked for
    /// last, for example by SetDesiredCapacity.
    #[serde(default)]
    desired_capacity: Option<i64>,
    /// What its instances are launched from.
    launch_template: TemplateSpec,
    /// Subnets of one VPC; instances are spread over their zones.
    vpc_zone_identifier: Vec<String>,
    /// Seconds after its start during which a failing health check does not replace an instance.
    #[schemars(range(min = 0))]
    #[serde(default)]
    health_check_grace_period: i64,
    /// Tags of the group, which its instances get too: up to 50, keys up to 128 and values up to 256 characters; keys may not
    /// begin with `aws:`.
    #[serde(default)]
    tags: BTreeMap<String, String>,
    /// A DNS name that is kept filled with the members of the group. Absent: none.
    #[serde(default)]
    service_registry: Option<ServiceRegistry>,
    /// How far the group may shrink and grow while members are replaced. Absent: it never shrinks, and grows by those that come.
    #[serde(default)]
    instance_maintenance_policy: Option<MaintenancePolicySpec>,
}

/// Which launch template, and which version of it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TemplateSpec {
    /// The template.
    launch_template_id: String,
    /// A number, `$Default` or `$Latest`. Absent: `$Latest`. A new version replaces no instance by itself.
    #[serde(default)]
    version: Option<String>,
}

/// The version a group follows unless its manifest names one.
const LATEST: &str = "$Latest";

impl AutoScalingGroupSpec {
    fn template(&self) -> LaunchTemplateSpecification {
        LaunchTemplateSpecification {
            launch_template_id: Some(self.launch_template.launch_template_id.clone()),
            launch_template_name: None,
            version: Some(self.launch_template.version.clone().unwrap_or_else(|| LATEST.to_owned())),
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
    const JOINS: &'static [Join] = &[
        Join::Whole("launchTemplate"),
        Join::Whole("serviceRegistry"),
        Join::Whole("instanceMaintenancePolicy"),
    ];

    fn canonical(mut spec: AutoScalingGroupSpec) -> Result<AutoScalingGroupSpec, ServiceError> {
        spec.launch_template.version.get_or_insert_with(|| LATEST.to_owned());
        if let Some(registry) = &mut spec.service_registry
            && let Ok(name) = Name::parse(&registry.name)
        {
            registry.name = name.to_string();
        }
        Ok(spec)
    }

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
        live: AutoScalingGroupSpec,
        wanted: AutoScalingGroupSpec,
        cx: &mut Context,
    ) -> Result<(), ServiceError> {
        let registry = wanted.registry(name, cx)?;
        let input = UpdateAutoScalingGroupInput {
            auto_scaling_group_name: name.to_owned(),
            launch_template: Some(wanted.template()),
            min_size: Some(wanted.min_size),
            max_size: Some(wanted.max_size),
            // One that nobody declares follows new bounds.
            desired_capacity: wanted
                .desired_capacity
                .filter(|_| wanted.desired_capacity != live.desired_capacity),
            vpc_zone_identifier: wanted.subnets(),
            health_check_grace_period: Some(wanted.health_check_grace_period),
            instance_maintenance_policy: Some(wanted.maintenance_policy()),
            ..UpdateAutoScalingGroupInput::default()
        };
        let before = validate::changeable(name, cx)?.clone();
        if before.service_registry != registry {
            service_registry::clear(name, cx)?;
        }
        let tags = declared_tags(name, &before, &wanted)?;
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
