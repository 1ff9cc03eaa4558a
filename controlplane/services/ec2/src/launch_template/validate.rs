use super::data::{InterfaceSpecification, LaunchTemplateData, MetadataOptionsRequest};
use super::types::{LaunchTemplate, LaunchTemplateVersion, find_by_name};
use crate::instance::{MAX_INTERFACES, user_data};
use crate::tag::{self, Tags};
use crate::{errors, instance_type, resource};
use controlplane_services_kernel::{Context, ServiceError};
use std::collections::BTreeSet;

/// What a launch can tag. An instance here has no volumes, so the tags of all of them are set whatever they are: as in AWS
/// with an image that lies in the instance store. Clients that tag volumes tag them with every launch (Ansible does).
pub(crate) const TAGGABLE: &[&str] = &["instance", "network-interface", "volume"];

const MAX_DESCRIPTION: usize = 255;
/// The most templates of an account in a region: AWS's quota.
const MAX_TEMPLATES: usize = 5_000;
/// The most versions of a template: AWS's quota.
const MAX_VERSIONS: usize = 10_000;
const HOP_LIMITS: std::ops::RangeInclusive<i32> = 1..=64;

/// A name that no other template has.
pub(super) fn new_name(name: &str, cx: &Context) -> Result<(), ServiceError> {
    let fine = |c: char| c.is_ascii_alphanumeric() || "().-/_".contains(c);
    if !(3..=128).contains(&name.len()) || !name.chars().all(fine) {
        return Err(errors::launch_template_name(name));
    }
    match find_by_name(name, cx) {
        Some(_) => Err(errors::launch_template_name_taken()),
        None => Ok(()),
    }
}

pub(super) fn description(text: Option<&str>) -> Result<(), ServiceError> {
    match text.filter(|text| text.chars().count() > MAX_DESCRIPTION) {
        Some(text) => {
            Err(errors::invalid_value(text, "VersionDescription", "It has at most 255 characters."))
        }
        None => Ok(()),
    }
}

/// All that can be said about data without looking at other records.
pub(crate) fn data(data: &LaunchTemplateData) -> Result<(), ServiceError> {
    if let Some(name) = &data.instance_type {
        instance_type::require(name)?;
    }
    if let Some(text) = &data.user_data {
        user_data::decode(text)?;
    }
    shutdown_behavior(data.instance_initiated_shutdown_behavior.as_deref())?;
    metadata_options(data.metadata_options.as_ref())?;
    tag::specified_for(data.tag_specifications.as_deref(), TAGGABLE)?;
    interfaces(data)
}

fn shutdown_behavior(text: Option<&str>) -> Result<(), ServiceError> {
    one_of(text, "InstanceInitiatedShutdownBehavior", &["stop", "terminate"])
}

/// The options of the metadata service.
pub(crate) fn metadata_options(options: Option<&MetadataOptionsRequest>) -> Result<(), ServiceError> {
    let Some(options) = options else { return Ok(()) };
    one_of(options.http_tokens.as_deref(), "MetadataOptions.HttpTokens", &["optional", "required"])?;
    one_of(options.http_endpoint.as_deref(), "MetadataOptions.HttpEndpoint", &["enabled", "disabled"])?;
    let tags = options.instance_metadata_tags.as_deref();
    one_of(tags, "MetadataOptions.InstanceMetadataTags", &["enabled", "disabled"])?;
    match options.http_put_response_hop_limit.filter(|limit| !HOP_LIMITS.contains(limit)) {
        Some(limit) => {
            let name = "MetadataOptions.HttpPutResponseHopLimit";
            Err(errors::invalid_value(&limit.to_string(), name, "It lies between 1 and 64."))
        }
        None => Ok(()),
    }
}

/// The wire checks enums by the model; manifests come by another door.
fn one_of(text: Option<&str>, parameter: &str, allowed: &[&str]) -> Result<(), ServiceError> {
    match text.filter(|text| !allowed.contains(text)) {
        Some(text) => {
            Err(errors::invalid_value(text, parameter, &format!("It is one of: {}.", allowed.join(", "))))
        }
        None => Ok(()),
    }
}

fn interfaces(data: &LaunchTemplateData) -> Result<(), ServiceError> {
    let Some(interfaces) = &data.network_interfaces else {
        return Ok(());
    };
    if data.security_group_ids.is_some() || data.security_groups.is_some() {
        return Err(errors::interfaces_and_groups());
    }
    if interfaces.len() > MAX_INTERFACES {
        return Err(errors::too_many_interfaces(MAX_INTERFACES));
    }
    let mut seen = BTreeSet::new();
    for interface in interfaces {
        if !seen.insert(device_index(interface)?) {
            return Err(errors::device_index_given_twice(interface.device_index.unwrap_or(0)));
        }
        existing_alone(interface)?;
    }
    if interfaces.is_empty() || seen.contains(&0) { Ok(()) } else { Err(errors::no_first_interface()) }
}

/// The index of an interface among its instance's.
pub(crate) fn device_index(interface: &InterfaceSpecification) -> Result<u32, ServiceError> {
    let index = interface.device_index.unwrap_or(0);
    let found = u32::try_from(index).ok().filter(|index| (*index as usize) < MAX_INTERFACES);
    found.ok_or_else(|| {
        errors::invalid_value(
            &index.to_string(),
            "DeviceIndex",
            &format!("It lies between 0 and {}.", MAX_INTERFACES - 1),
        )
    })
}

fn existing_alone(interface: &InterfaceSpecification) -> Result<(), ServiceError> {
    let only_attached = InterfaceSpecification {
        device_index: interface.device_index,
        network_interface_id: interface.network_interface_id.clone(),
        delete_on_termination: interface.delete_on_termination,
        ..InterfaceSpecification::default()
    };
    if interface.network_interface_id.is_some() && *interface != only_attached {
        return Err(errors::existing_interface_described());
    }
    Ok(())
}

/// Stores a new template with its first version.
pub(super) fn store(
    name: &str,
    description: Option<&str>,
    data: &LaunchTemplateData,
    tags: &Tags,
    cx: &mut Context,
) -> Result<String, ServiceError> {
    if cx.list::<LaunchTemplate>().count() >= MAX_TEMPLATES {
        return Err(errors::too_many_launch_templates());
    }
    let id = cx.new_id(errors::LAUNCH_TEMPLATE.prefix);
    let template = LaunchTemplate {
        name: name.to_owned(),
        created_at: cx.now,
        created_by: cx.caller.principal.clone(),
        default_version: 0,
        latest_version: 0,
        last_number: 0,
    };
    cx.put(&id, template);
    store_version(&id, description, data, cx)?;
    set_default(&id, 1, cx)?;
    tag::add(&errors::LAUNCH_TEMPLATE, &id, tags, cx)?;
    Ok(id)
}

/// Stores one more version and answers its number.
pub(super) fn store_version(
    id: &str,
    description: Option<&str>,
    data: &LaunchTemplateData,
    cx: &mut Context,
) -> Result<u64, ServiceError> {
    let template = resource::require::<LaunchTemplate>(id, cx)?.clone();
    // Numbers are never given twice, so a low one says without counting that there is room.
    let may_be_full = template.last_number >= MAX_VERSIONS as u64;
    if may_be_full && LaunchTemplateVersion::all(id, cx).count() >= MAX_VERSIONS {
        return Err(errors::too_many_launch_template_versions());
    }
    let number = template.last_number + 1;
    let version = LaunchTemplateVersion {
        description: description.map(str::to_owned),
        created_at: cx.now,
        created_by: cx.caller.principal.clone(),
        data: data.clone(),
    };
    cx.put(&LaunchTemplateVersion::id(id, number), version);
    cx.put(id, LaunchTemplate { latest_version: number, last_number: number, ..template });
    Ok(number)
}

/// Makes `number` what `$Default` means.
pub(super) fn set_default(id: &str, number: u64, cx: &mut Context) -> Result<(), ServiceError> {
    let template = resource::require::<LaunchTemplate>(id, cx)?.clone();
    if template.default_version != number {
        cx.put(id, LaunchTemplate { default_version: number, ..template });
    }
    Ok(())
}

/// Removes a template with all its versions. Instances keep what they were started with.
pub(super) fn remove(id: &str, cx: &mut Context) {
    let versions: Vec<String> =
        LaunchTemplateVersion::all(id, cx).map(|version| version.key.id().to_owned()).collect();
    for version in versions {
        cx.delete::<LaunchTemplateVersion>(&version);
    }
    resource::delete::<LaunchTemplate>(id, cx);
}
