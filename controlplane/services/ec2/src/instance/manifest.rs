//! A manifest holds one instance. What cannot be changed while an instance lives is refused: delete it, or let an Auto
//! Scaling group replace it. Type and user data change while it is stopped.

use super::ops::modify_instance_attribute::{Change, modify};
use super::ops::modify_instance_metadata_options::modify as modify_metadata_options;
use super::types::Instance;
use super::{Launch, State, launch, terminate, user_data};
use crate::errors;
use crate::launch_template::{
    self, LaunchTemplateData, LaunchTemplateSpecification, MetadataOptionsRequest, camel,
};
use crate::network_interface;
use crate::tag::{self, Tags};
use controlplane_services_kernel::manifest::{Deletion, Reference};
use controlplane_services_kernel::{Context, Declarative, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// Spec of an `instance` manifest: members of `RunInstances`, first letter small.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct InstanceSpec {
    /// `launchTemplateId` or `launchTemplateName`, and `version`.
    #[serde(with = "camel", skip_serializing_if = "Option::is_none")]
    pub launch_template: Option<LaunchTemplateSpecification>,
    /// `ami-...` or an image's name.
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
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subnet_id: Option<String>,
    /// Primary address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_ip_address: Option<String>,
    /// Security groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_group_ids: Option<Vec<String>>,
    /// How the metadata service answers.
    #[serde(with = "camel", skip_serializing_if = "Option::is_none")]
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
    /// Tags.
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

    fn update(id: &str, old: InstanceSpec, new: InstanceSpec, cx: &mut Context) -> Result<(), ServiceError> {
        new.refuse_changes(&old)?;
        for change in new.changes(&old)? {
            modify(id, change, cx)?;
        }
        if let Some(said) = said_anew(&new.metadata_options, &old.metadata_options) {
            modify_metadata_options(id, said, cx)?;
        }
        tag::redeclare(&errors::INSTANCE, id, &old.tags, &new.tags, cx)
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

    /// What differs from `old` and can be changed. What is not said any more goes back to its default, but for what a
    /// template or AWS decided at launch: that stays.
    fn changes(&self, old: &Self) -> Result<Vec<Change>, ServiceError> {
        let mut changes = Vec::new();
        if self.disable_api_termination != old.disable_api_termination {
            changes.push(Change::DisableApiTermination(self.disable_api_termination.unwrap_or(false)));
        }
        if self.disable_api_stop != old.disable_api_stop {
            changes.push(Change::DisableApiStop(self.disable_api_stop.unwrap_or(false)));
        }
        let behavior = &self.instance_initiated_shutdown_behavior;
        if *behavior != old.instance_initiated_shutdown_behavior {
            changes.push(Change::behavior(behavior.as_deref().unwrap_or("stop"))?);
        }
        if let Some(name) = said_anew(&self.instance_type, &old.instance_type) {
            changes.push(Change::instance_type(name)?);
        }
        if let Some(ids) = said_anew(&self.security_group_ids, &old.security_group_ids) {
            changes.push(Change::groups(ids)?);
        }
        if self.user_data != old.user_data {
            changes.push(Change::user_data(user_data::decode(self.user_data.as_deref().unwrap_or(""))?)?);
        }
        Ok(changes)
    }

    fn refuse_changes(&self, old: &Self) -> Result<(), ServiceError> {
        for (field, changed) in [
            ("launchTemplate", self.launch_template != old.launch_template),
            ("imageId", self.image_id != old.image_id),
            ("keyName", self.key_name != old.key_name),
            ("subnetId", self.subnet_id != old.subnet_id),
            ("privateIpAddress", self.private_ip_address != old.private_ip_address),
        ] {
            if changed {
                return Err(errors::immutable(field));
            }
        }
        Ok(())
    }

    /// What a manifest would have to say to get this instance.
    pub(super) fn of(id: &str, instance: &Instance, reader: &Reader) -> Self {
        let held = network_interface::of_instance(id, reader);
        Self {
            launch_template: None,
            image_id: Some(instance.image_id.clone()),
            instance_type: Some(instance.instance_type.clone()),
            key_name: instance.key_name.clone(),
            user_data: instance.user_data.as_ref().map(|bytes| user_data::encode(bytes)),
            subnet_id: Some(instance.subnet_id.clone()),
            private_ip_address: held.first().map(|first| first.primary_address().to_string()),
            security_group_ids: held.first().map(|first| first.groups.clone()),
            metadata_options: None,
            instance_initiated_shutdown_behavior: Some(instance.shutdown_behavior.as_str().to_owned()),
            disable_api_termination: Some(instance.disable_api_termination),
            disable_api_stop: Some(instance.disable_api_stop),
            tags: tag::map(id, reader),
        }
    }
}

/// What is said now and was not said before.
fn said_anew<'s, T: PartialEq>(new: &'s Option<T>, old: &Option<T>) -> Option<&'s T> {
    new.as_ref().filter(|_| new != old)
}
