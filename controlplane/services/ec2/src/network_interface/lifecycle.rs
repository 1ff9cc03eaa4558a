//! Making an interface, giving it to an instance, taking it back.

use super::validate::{self, Addresses};
use super::{Attachment, NetworkInterface, allocate, of_instance};
use crate::resource::{self, require};
use crate::subnet::Subnet;
use crate::tag::{self, Tags};
use crate::{address, errors};
use controlplane_services_kernel::{Context, Reader, ServiceError};

/// An interface to be made.
#[derive(Clone, Debug, Default)]
pub struct NewInterface {
    /// Where.
    pub subnet_id: String,
    /// Free text.
    pub description: String,
    /// Security groups; empty: the VPC's default group.
    pub groups: Vec<String>,
    /// Which addresses.
    pub addresses: Addresses,
    /// Whether it gets a public address.
    pub public_address: bool,
    /// Its tags, checked.
    pub tags: Tags,
}

/// Makes an interface and answers its id and record.
pub fn create(cx: &mut Context, new: NewInterface) -> Result<(String, NetworkInterface), ServiceError> {
    let subnet = require::<Subnet>(&new.subnet_id, cx)?.clone();
    let groups = validate::groups(&new.groups, &subnet.vpc_id, &new.subnet_id, cx)?;
    let private_addresses = allocate::ipv4(&new.addresses, &new.subnet_id, &subnet, cx)?;
    let ipv6_addresses = allocate::ipv6(&new.addresses, &new.subnet_id, &subnet, cx)?;
    let public_address = if new.public_address { Some(allocate::public(cx)?) } else { None };
    let id = cx.new_id("eni-");
    let interface = NetworkInterface {
        vpc_id: subnet.vpc_id,
        subnet_id: new.subnet_id,
        zone: subnet.zone,
        zone_id: subnet.zone_id,
        description: new.description,
        mac_address: mac_address(&id),
        private_addresses,
        ipv6_addresses,
        groups,
        source_dest_check: true,
        public_address,
        attachment: None,
        regains_public_address: false,
        associations: Vec::new(),
    };
    cx.put(&id, interface.clone());
    tag::add(&errors::NETWORK_INTERFACE, &id, &new.tags, cx)?;
    Ok((id, interface))
}

/// A locally administered unicast address out of the id's first 40 bits.
fn mac_address(id: &str) -> String {
    let digits = id.trim_start_matches("eni-").as_bytes();
    let pairs: Vec<&str> =
        digits.chunks(2).take(5).filter_map(|pair| std::str::from_utf8(pair).ok()).collect();
    format!("02:{}", pairs.join(":"))
}

/// How an instance holds an interface.
#[derive(Clone, Debug)]
pub struct Attach {
    /// Who.
    pub instance_id: String,
    /// Position among its interfaces.
    pub device_index: u32,
    /// Whether the interface goes with the instance.
    pub delete_on_termination: bool,
}

/// Gives an interface to an instance and answers the attachment's id.
pub fn attach(cx: &mut Context, id: &str, to: Attach) -> Result<String, ServiceError> {
    let mut interface = require::<NetworkInterface>(id, cx)?.clone();
    if interface.attachment.is_some() {
        return Err(errors::interface_attached_elsewhere(id));
    }
    let index = Some(to.device_index);
    if of_instance(&to.instance_id, cx).iter().any(|other| other.device_index() == index) {
        return Err(errors::device_index_in_use(&to.instance_id, to.device_index));
    }
    let attachment_id = cx.new_id("eni-attach-");
    interface.attachment = Some(Attachment {
        id: attachment_id.clone(),
        instance_id: to.instance_id,
        device_index: to.device_index,
        delete_on_termination: to.delete_on_termination,
        attached_at: cx.now,
    });
    cx.put(id, interface);
    Ok(attachment_id)
}

/// Takes every interface from an instance that is gone: those made for it are deleted, the others become
/// available again. Public addresses go back to the pool.
pub fn release(cx: &mut Context, instance_id: &str) {
    for (id, mut interface) in held(instance_id, cx) {
        let goes = interface.attachment.as_ref().is_some_and(|attachment| attachment.delete_on_termination);
        if goes {
            delete(cx, &id);
        } else {
            interface.attachment = None;
            interface.public_address = None;
            interface.regains_public_address = false;
            cx.put(&id, interface);
        }
    }
}

/// Removes an interface nobody holds any more; its elastic addresses stay with the account.
pub(super) fn delete(cx: &mut Context, id: &str) {
    address::disassociate_all(id, cx);
    resource::delete::<NetworkInterface>(id, cx);
}

/// Takes the public addresses of an instance that stopped back into the pool.
pub fn give_back_public(cx: &mut Context, instance_id: &str) {
    for (id, interface) in held(instance_id, cx) {
        if interface.public_address.is_some() {
            let without =
                NetworkInterface { public_address: None, regains_public_address: true, ..interface };
            cx.put(&id, without);
        }
    }
}

/// Gives an instance that is started again as many public addresses as it had; not the same ones.
pub fn take_public_again(cx: &mut Context, instance_id: &str) -> Result<(), ServiceError> {
    for (id, interface) in held(instance_id, cx) {
        if interface.regains_public_address {
            let public_address = Some(allocate::public(cx)?);
            cx.put(&id, NetworkInterface { public_address, regains_public_address: false, ..interface });
        }
    }
    Ok(())
}

/// The interfaces of an instance, to be changed.
fn held(instance_id: &str, cx: &Reader) -> Vec<(String, NetworkInterface)> {
    let found = of_instance(instance_id, cx).into_iter();
    found.map(|found| (found.key.id().to_owned(), found.record.clone())).collect()
}
