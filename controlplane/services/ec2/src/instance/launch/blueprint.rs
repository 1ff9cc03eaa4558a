//! What all instances of a launch have in common.

use super::{Launch, image, place};
use crate::instance::demands::Demands;
use crate::instance::types::{MetadataOptions, ShutdownBehavior};
use crate::instance::user_data;
use crate::instance_type::{self, InstanceType};
use crate::launch_template::{self, InterfaceSpecification, LaunchTemplateData};
use crate::network_interface::{AddressMembers, Addresses, NetworkInterface, NewInterface};
use crate::resource::require;
use crate::subnet::{self, Subnet};
use crate::tag::{self, Tags};
use crate::{errors, instance_profile, key_pair, security_group};
use controlplane_services_kernel::{Context, Reader, ServiceError};
use std::collections::BTreeMap;

pub(super) struct Blueprint {
    pub(super) size: &'static InstanceType,
    pub(super) image_id: String,
    pub(super) image_owner: Option<String>,
    pub(super) public_key: Option<String>,
    pub(super) user_data: Option<Vec<u8>>,
    pub(super) metadata_options: MetadataOptions,
    pub(super) shutdown_behavior: ShutdownBehavior,
    pub(super) vpc_id: String,
    pub(super) subnet_id: String,
    pub(super) zone: String,
    pub(super) zone_id: String,
    /// In the order of device indexes.
    pub(super) interfaces: Vec<PlannedInterface>,
    pub(super) tags: Tags,
}

/// An interface of each instance.
pub(super) enum PlannedInterface {
    /// One that is there; then there is one instance.
    Existing { id: String, device_index: u32, delete_on_termination: bool },
    /// One to make for each.
    New { new: Box<NewInterface>, device_index: u32, delete_on_termination: bool },
}

impl Blueprint {
    pub(super) fn of(launch: &Launch, cx: &Context) -> Result<Self, ServiceError> {
        let data = &launch.data;
        launch_template::check_data(data)?;
        data.iam_instance_profile.iter().try_for_each(|profile| instance_profile::check(profile, cx))?;
        let size = instance_type::require(data.instance_type.as_deref().unwrap_or(instance_type::DEFAULT))?;
        let (image_id, image_owner) = image(data, cx)?;
        let mut tags = tag::specified_for(data.tag_specifications.as_deref(), launch_template::TAGGABLE)?;
        let specifications = specifications(launch)?;
        let first = specifications.first().filter(|first| first.device_index.unwrap_or(0) == 0);
        let own = tags.get(errors::INSTANCE.tag_type);
        let demands = Demands::of(own.into_iter().flatten().chain(&launch.system_tags));
        let subnet_id = place::subnet_id(launch, first, size, &demands, cx)?;
        let subnet = require::<Subnet>(&subnet_id, cx)?;
        place::fits_some_node(size, &subnet.zone, cx)?;
        let blueprint = Self {
            size,
            image_id,
            image_owner,
            public_key: public_key(data.key_name.as_deref(), cx)?,
            user_data: data.user_data.as_deref().map(user_data::decode).transpose()?,
            metadata_options: metadata_options(data),
            shutdown_behavior: shutdown_behavior(data),
            vpc_id: subnet.vpc_id.clone(),
            subnet_id: subnet_id.clone(),
            zone: subnet.zone.clone(),
            zone_id: subnet.zone_id.clone(),
            interfaces: interfaces(launch, &specifications, &subnet_id, &mut tags, cx)?,
            tags: tags.remove(errors::INSTANCE.tag_type).unwrap_or_default(),
        };
        blueprint.refuse_sharing(launch)?;
        Ok(blueprint)
    }

    /// As many as wanted, or as there are addresses for in the first subnet.
    pub(super) fn count(&self, launch: &Launch, cx: &Reader) -> Result<u32, ServiceError> {
        let needed = self.addresses_each();
        if needed == 0 {
            return Ok(launch.max_count);
        }
        let subnet = require::<Subnet>(&self.subnet_id, cx)?;
        let room = subnet::available_addresses(&self.subnet_id, subnet, cx) / needed;
        let count = launch.max_count.min(u32::try_from(room).unwrap_or(u32::MAX));
        if count < launch.min_count { Err(errors::no_free_addresses(&self.subnet_id)) } else { Ok(count) }
    }

    /// Addresses one instance takes from the first subnet.
    fn addresses_each(&self) -> usize {
        let each = self.interfaces.iter().map(|planned| match planned {
            PlannedInterface::New { new, .. } if new.subnet_id == self.subnet_id => {
                1 + new.addresses.secondary.len() + new.addresses.secondary_count
            }
            _ => 0,
        });
        each.sum()
    }

    /// What only one instance can have is not asked for by several.
    fn refuse_sharing(&self, launch: &Launch) -> Result<(), ServiceError> {
        let single = |planned: &PlannedInterface| match planned {
            PlannedInterface::Existing { .. } => true,
            PlannedInterface::New { new, .. } => {
                let addresses = &new.addresses;
                addresses.primary.is_some() || !addresses.secondary.is_empty() || !addresses.ipv6.is_empty()
            }
        };
        if launch.max_count > 1 && self.interfaces.iter().any(single) {
            return Err(errors::one_instance_only());
        }
        Ok(())
    }
}

/// What is said about interfaces, first one first. Without a word about them there is one.
fn specifications(launch: &Launch) -> Result<Vec<InterfaceSpecification>, ServiceError> {
    let said = launch.data.network_interfaces.clone().unwrap_or_default();
    if said.is_empty() {
        let private_ip_address = launch.private_ip_address.clone();
        return Ok(vec![InterfaceSpecification { private_ip_address, ..InterfaceSpecification::default() }]);
    }
    if launch.private_ip_address.is_some() {
        return Err(errors::interfaces_and_address());
    }
    let mut sorted = said;
    sorted.sort_by_key(|interface| interface.device_index.unwrap_or(0));
    if sorted.len() > 1 && sorted.iter().any(|interface| interface.associate_public_ip_address.is_some()) {
        return Err(errors::public_address_of_several());
    }
    Ok(sorted)
}

fn interfaces(
    launch: &Launch,
    specifications: &[InterfaceSpecification],
    subnet_id: &str,
    tags: &mut BTreeMap<String, Tags>,
    cx: &Context,
) -> Result<Vec<PlannedInterface>, ServiceError> {
    let first = require::<Subnet>(subnet_id, cx)?;
    let tags = tags.remove(errors::NETWORK_INTERFACE.tag_type).unwrap_or_default();
    let mut planned = Vec::with_capacity(specifications.len());
    for specification in specifications {
        let device_index = launch_template::device_index(specification)?;
        let interface = match &specification.network_interface_id {
            Some(id) => existing(id, specification, device_index, cx)?,
            None => new(launch, specification, device_index, subnet_id, &tags, cx)?,
        };
        same_zone(&interface, first, cx)?;
        planned.push(interface);
    }
    Ok(planned)
}

fn existing(
    id: &str,
    specification: &InterfaceSpecification,
    device_index: u32,
    cx: &Context,
) -> Result<PlannedInterface, ServiceError> {
    if require::<NetworkInterface>(id, cx)?.attachment.is_some() {
        return Err(errors::interface_attached_elsewhere(id));
    }
    let delete_on_termination = specification.delete_on_termination.unwrap_or(false);
    Ok(PlannedInterface::Existing { id: id.to_owned(), device_index, delete_on_termination })
}

fn new(
    launch: &Launch,
    specification: &InterfaceSpecification,
    device_index: u32,
    first_subnet: &str,
    tags: &Tags,
    cx: &Context,
) -> Result<PlannedInterface, ServiceError> {
    let subnet_id = specification.subnet_id.as_deref().unwrap_or(first_subnet);
    let subnet = require::<Subnet>(subnet_id, cx)?;
    let mapped = device_index == 0 && subnet.map_public_ip_on_launch;
    let new = NewInterface {
        subnet_id: subnet_id.to_owned(),
        description: specification.description.clone().unwrap_or_default(),
        groups: groups(launch, specification, &subnet.vpc_id, cx)?,
        addresses: addresses(specification)?,
        public_address: specification.associate_public_ip_address.unwrap_or(mapped),
        tags: tags.clone(),
    };
    let delete_on_termination = specification.delete_on_termination.unwrap_or(true);
    Ok(PlannedInterface::New { new: Box::new(new), device_index, delete_on_termination })
}

fn addresses(specification: &InterfaceSpecification) -> Result<Addresses, ServiceError> {
    Addresses::read(AddressMembers {
        private_ip_address: specification.private_ip_address.as_deref(),
        private_ip_addresses: specification.private_ip_addresses.as_deref(),
        secondary_private_ip_address_count: specification.secondary_private_ip_address_count,
        ipv6_addresses: None,
        ipv6_address_count: specification.ipv6_address_count,
    })
}

/// The groups of an interface: its own, or those of the launch by id and by name. Empty: the VPC's default group.
fn groups(
    launch: &Launch,
    specification: &InterfaceSpecification,
    vpc_id: &str,
    cx: &Context,
) -> Result<Vec<String>, ServiceError> {
    if let Some(groups) = &specification.groups {
        return Ok(groups.clone());
    }
    let mut ids = launch.data.security_group_ids.clone().unwrap_or_default();
    let names = launch.data.security_groups.as_deref().unwrap_or_default();
    if !names.is_empty() && launch.subnet_id.is_some() {
        return Err(errors::group_names_and_subnet());
    }
    for name in names {
        let id = security_group::named(name, vpc_id, cx);
        ids.push(id.ok_or_else(|| errors::group_not_found_by_name(name, vpc_id))?);
    }
    Ok(ids)
}

/// All interfaces of an instance are in one VPC and one zone.
fn same_zone(planned: &PlannedInterface, first: &Subnet, cx: &Reader) -> Result<(), ServiceError> {
    let subnet_id = match planned {
        PlannedInterface::Existing { id, .. } => &require::<NetworkInterface>(id, cx)?.subnet_id,
        PlannedInterface::New { new, .. } => &new.subnet_id,
    };
    let subnet = require::<Subnet>(subnet_id, cx)?;
    if subnet.zone != first.zone || subnet.vpc_id != first.vpc_id {
        return Err(errors::interfaces_apart(subnet_id));
    }
    Ok(())
}

fn public_key(name: Option<&str>, cx: &Context) -> Result<Option<String>, ServiceError> {
    name.map(|name| key_pair::require_by_name(name, cx).map(|pair| pair.public_key.clone())).transpose()
}

fn metadata_options(data: &LaunchTemplateData) -> MetadataOptions {
    let said = data.metadata_options.as_ref();
    said.map(|said| MetadataOptions::default().overridden_by(said)).unwrap_or_default()
}

fn shutdown_behavior(data: &LaunchTemplateData) -> ShutdownBehavior {
    data.instance_initiated_shutdown_behavior.as_deref().map(ShutdownBehavior::read).unwrap_or_default()
}
