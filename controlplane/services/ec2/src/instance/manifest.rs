//! A manifest holds one instance. What cannot be changed while an instance lives is refused: delete it, or let an Auto
//! Scaling group replace it. Type and user data change while it is stopped.

use super::ops::modify_instance_attribute::{Change, modify};
use super::ops::modify_instance_metadata_options::modify as modify_metadata_options;
use super::types::{Instance, MetadataOptions};
use super::{Launch, State, launch, terminate, user_data};
use crate::errors;
use crate::instance_profile::{self, InstanceProfileSpecification};
use crate::launch_template::{
    self, LaunchTemplateData, LaunchTemplateSpecification, MetadataOptionsRequest, camel,
};
use crate::network_interface;
use crate::tag::{self, Tags};
use controlplane_services_kernel::manifest::{Deletion, Join, Reference};
use controlplane_services_kernel::{Context, Declarative, Reader, ServiceError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One machine: a container or a virtual machine, with an address of its own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct InstanceSpec {
    /// Template whose data count where this spec says nothing. It is read when the instance is launched.
    #[schemars(with = "Option<LaunchTemplateSpecification>")]
    #[serde(with = "camel", skip_serializing_if = "Option::is_none")]
    pub launch_template: Option<LaunchTemplateSpecification>,
    /// The image to start. Needed here or in the template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_id: Option<String>,
    /// How much CPU and memory it gets, such as `t3.micro`. Changes while the instance is stopped. Absent: what the template
    /// says, else `m1.small`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_type: Option<String>,
    /// Name of the key pair whose public key it gets. Absent: what the template says, else none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_name: Option<String>,
    /// IAM instance profile whose role its programs may take on. Absent: what the template says, else none.
    #[schemars(with = "Option<InstanceProfileSpecification>")]
    #[serde(with = "camel", skip_serializing_if = "Option::is_none")]
    pub iam_instance_profile: Option<InstanceProfileSpecification>,
    /// A script or configuration for the first start, in base64; up to 16 KiB before encoding. Changes while the instance is
    /// stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_data: Option<String>,
    /// Subnet of its first interface, and so its VPC and zone. Absent: a default subnet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subnet_id: Option<String>,
    /// Its primary IPv4 address, one of the subnet that is free. Absent: any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_ip_address: Option<String>,
    /// Security groups of its interface. Absent: what the template says, else the default group of the VPC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_group_ids: Option<Vec<String>>,
    /// How the metadata service at 169.254.169.254 answers it.
    #[schemars(with = "Option<MetadataOptionsRequest>")]
    #[serde(with = "camel", skip_serializing_if = "Option::is_none")]
    pub metadata_options: Option<MetadataOptionsRequest>,
    /// What becomes of it when its first process ends: it stops and stays, or it is terminated. Absent: `stop`.
    #[schemars(extend("enum" = ["stop", "terminate"]))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_initiated_shutdown_behavior: Option<String>,
    /// Whether termination is refused until this is turned off, also by a prune. Absent: no.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disable_api_termination: Option<bool>,
    /// Whether stopping is refused until this is turned off. Absent: no.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disable_api_stop: Option<bool>,
    /// Tags: up to 50, keys up to 128 and values up to 256 characters; keys may not begin with `aws:`. The tag `Name` is
    /// what people see.
    #[serde(skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

impl Declarative for Instance {
    type Spec = InstanceSpec;

    const REFERENCES: &'static [Reference] = &[
        Reference::new("launchTemplate.launchTemplateId", "launch_template"),
        Reference::new("imageId", "image"),
        Reference::new("subnetId", "subnet"),
        Reference::new("securityGroupIds[]", "security_group"),
    ];
    const IMMUTABLE: &'static [&'static str] =
        &["launchTemplate", "imageId", "keyName", "subnetId", "privateIpAddress"];
    const UNREMEMBERED: &'static [&'static str] = &["launchTemplate"];
    const JOINS: &'static [Join] = &[Join::Whole("launchTemplate")];

    fn canonical(spec: InstanceSpec) -> Result<InstanceSpec, ServiceError> {
        let data = spec.user_data.as_deref().map(user_data::decode).transpose()?;
        let user_data = data.filter(|data| !data.is_empty()).map(|data| user_data::encode(&data));
        spec.iam_instance_profile.iter().try_for_each(InstanceProfileSpecification::by_name_only)?;
        Ok(InstanceSpec { user_data, ..spec })
    }

    fn create(name: &str, spec: InstanceSpec, cx: &mut Context) -> Result<String, ServiceError> {
        let template =
            spec.launch_template.as_ref().map(|named| launch_template::resolve(named, cx)).transpose()?;
        let base = template.map(|found| found.data).unwrap_or_default();
        tag::check(&spec.tags)?;
        let request = Launch {
            data: base.overridden_by(spec.data()),
            subnet_id: spec.subnet_id,
            private_ip_address: spec.private_ip_address,
            min_count: 1,
            max_count: 1,
            ..Launch::default()
        };
        let launched = launch(&request, cx)?;
        let id = launched.instance_ids.first().cloned();
        id.ok_or_else(|| ServiceError::internal(format!("instance {name} was launched without an id")))
    }

    fn update(
        id: &str,
        live: InstanceSpec,
        wanted: InstanceSpec,
        cx: &mut Context,
    ) -> Result<(), ServiceError> {
        for change in wanted.changes(&live)? {
            modify(id, change, cx)?;
        }
        let defaults = MetadataOptions::default().as_request();
        let options = defaults.join(wanted.metadata_options.unwrap_or_default());
        if live.metadata_options.as_ref() != Some(&options) {
            modify_metadata_options(id, &options, cx)?;
        }
        if let Some(profile) = said_anew(&wanted.iam_instance_profile, &live.iam_instance_profile) {
            instance_profile::assign(id, profile, cx)?;
        }
        tag::redeclare(&errors::INSTANCE, id, &live.tags, &wanted.tags, cx)
    }

    fn delete(id: &str, cx: &mut Context) -> Result<Deletion, ServiceError> {
        let instance = crate::resource::require::<Self>(id, cx)?;
        if instance.disable_api_termination {
            return Err(errors::termination_disabled(id));
        }
        match terminate(id, cx)? {
            (_, State::Terminated) => Ok(Deletion::Done),
            _ => Ok(Deletion::Begun),
        }
    }
}

impl InstanceSpec {
    /// The members a template has too.
    fn data(&self) -> LaunchTemplateData {
        LaunchTemplateData {
            image_id: self.image_id.clone(),
            instance_type: self.instance_type.clone(),
            key_name: self.key_name.clone(),
            iam_instance_profile: self.iam_instance_profile.clone(),
            user_data: self.user_data.clone(),
            security_group_ids: self.security_group_ids.clone(),
            metadata_options: self.metadata_options.clone(),
            instance_initiated_shutdown_behavior: self.instance_initiated_shutdown_behavior.clone(),
            disable_api_termination: self.disable_api_termination,
            disable_api_stop: self.disable_api_stop,
            tag_specifications: tag::from_manifest(&self.tags, &errors::INSTANCE),
            ..LaunchTemplateData::default()
        }
    }

    /// What differs from `live` and can be changed. What is not said goes back to its default, but for what a template or AWS
    /// decided at launch: that stays.
    fn changes(&self, live: &Self) -> Result<Vec<Change>, ServiceError> {
        let mut changes = Vec::new();
        if self.disable_api_termination != live.disable_api_termination {
            changes.push(Change::DisableApiTermination(self.disable_api_termination.unwrap_or(false)));
        }
        if self.disable_api_stop != live.disable_api_stop {
            changes.push(Change::DisableApiStop(self.disable_api_stop.unwrap_or(false)));
        }
        let behavior = &self.instance_initiated_shutdown_behavior;
        if *behavior != live.instance_initiated_shutdown_behavior {
            changes.push(Change::behavior(behavior.as_deref().unwrap_or("stop"))?);
        }
        if let Some(name) = said_anew(&self.instance_type, &live.instance_type) {
            changes.push(Change::instance_type(name)?);
        }
        if let Some(ids) = said_anew(&self.security_group_ids, &live.security_group_ids) {
            changes.push(Change::groups(ids)?);
        }
        if self.user_data != live.user_data {
            changes.push(Change::user_data(user_data::decode(self.user_data.as_deref().unwrap_or(""))?)?);
        }
        Ok(changes)
    }

    /// What a manifest would have to say to get this instance.
    pub(super) fn of(id: &str, instance: &Instance, reader: &Reader) -> Self {
        let held = network_interface::of_instance(id, reader);
        Self {
            launch_template: None,
            image_id: Some(instance.image_id.clone()),
            instance_type: Some(instance.instance_type.clone()),
            key_name: instance.key_name.clone(),
            iam_instance_profile: instance.profile.as_ref().map(InstanceProfileSpecification::of),
            user_data: instance.user_data.as_ref().map(|bytes| user_data::encode(bytes)),
            subnet_id: Some(instance.subnet_id.clone()),
            private_ip_address: held.first().map(|first| first.primary_address().to_string()),
            security_group_ids: held.first().map(|first| first.groups.clone()),
            metadata_options: Some(instance.metadata_options.as_request()),
            instance_initiated_shutdown_behavior: Some(instance.shutdown_behavior.as_str().to_owned()),
            disable_api_termination: Some(instance.disable_api_termination),
            disable_api_stop: Some(instance.disable_api_stop),
            tags: tag::map(id, reader),
        }
    }
}

/// What is said and is not so.
fn said_anew<'s, T: PartialEq>(wanted: &'s Option<T>, live: &Option<T>) -> Option<&'s T> {
    wanted.as_ref().filter(|_| wanted != live)
}
