//! A manifest holds one instance. What cannot be changed while an instance lives is refused: delete it, or let an Auto
//! Scaling group replace it.

use super::ops::modify_instance_attribute::{ModifyInstanceAttribute, ModifyInstanceAttributeInput};
use super::types::Instance;
use super::{Launch, State, launch, terminate, user_data};
use crate::attribute::{AttributeBooleanValue, AttributeValue};
use crate::errors;
use crate::launch_template::{
    self, LaunchTemplateData, LaunchTemplateSpecification, MetadataOptionsRequest, camel,
};
use crate::network_interface;
use crate::tag::{self, Tags};
use controlplane_services_kernel::manifest::{Deletion, Reference};
use controlplane_services_kernel::{Context, Declarative, Operation, Reader, ServiceError};
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
        let modify = |input, cx: &mut Context| ModifyInstanceAttribute::run(&input, cx);
        let unchanged = ModifyInstanceAttributeInput { instance_id: id.to_owned(), ..Default::default() };
        if new.disable_api_termination != old.disable_api_termination {
            let value = new.disable_api_termination.unwrap_or(false);
            let disable_api_termination = Some(AttributeBooleanValue { value });
            modify(
                ModifyInstanceAttributeInput {
                    disable_api_termination,
                    instance_id: id.to_owned(),
                    ..Default::default()
                },
                cx,
            )?;
        }
        if new.instance_initiated_shutdown_behavior != old.instance_initiated_shutdown_behavior {
            let value = new.instance_initiated_shutdown_behavior.clone().unwrap_or_else(|| "stop".to_owned());
            let instance_initiated_shutdown_behavior = Some(AttributeValue { value });
            modify(ModifyInstanceAttributeInput { instance_initiated_shutdown_behavior, ..unchanged }, cx)?;
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
            tag_specifications: tag::from_manifest(&self.tags, &errors::INSTANCE),
            ..LaunchTemplateData::default()
        }
    }

    fn refuse_changes(&self, old: &Self) -> Result<(), ServiceError> {
        for (field, changed) in [
            ("launchTemplate", self.launch_template != old.launch_template),
            ("imageId", self.image_id != old.image_id),
            ("instanceType", self.instance_type != old.instance_type),
            ("keyName", self.key_name != old.key_name),
            ("userData", self.user_data != old.user_data),
            ("subnetId", self.subnet_id != old.subnet_id),
            ("privateIpAddress", self.private_ip_address != old.private_ip_address),
            ("securityGroupIds", self.security_group_ids != old.security_group_ids),
            ("metadataOptions", self.metadata_options != old.metadata_options),
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
            tags: tag::map(id, reader),
        }
    }
}
