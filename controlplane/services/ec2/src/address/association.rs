//! Making and ending associations, which changes two records at once.

use super::types::Address;
use crate::network_interface::{Association, NetworkInterface};
use crate::resource::require;
use controlplane_services_kernel::{Context, ServiceError};
use std::net::Ipv4Addr;

/// Associates an address with a private address of an interface and answers the association's id. What either of them was
/// associated with before is not any more; an automatically assigned public address goes back to the pool.
pub(super) fn associate(
    id: &str,
    interface_id: &str,
    private_address: Ipv4Addr,
    cx: &mut Context,
) -> Result<String, ServiceError> {
    disassociate(id, cx)?;
    disassociate_private(interface_id, &[private_address], cx);
    let address = require::<Address>(id, cx)?.clone();
    let mut interface = require::<NetworkInterface>(interface_id, cx)?.clone();
    let association_id = cx.new_id("eipassoc-");
    if interface.primary_address() == private_address {
        interface.public_address = None;
        interface.regains_public_address = false;
    }
    interface.associations.push(Association {
        id: association_id.clone(),
        allocation_id: id.to_owned(),
        private_address,
        public_address: address.public_ip,
    });
    cx.put(interface_id, interface);
    cx.put(id, Address { network_interface_id: Some(interface_id.to_owned()), ..address });
    Ok(association_id)
}

/// Ends the association of an address, if it has one.
pub(super) fn disassociate(id: &str, cx: &mut Context) -> Result<(), ServiceError> {
    let public_ip = require::<Address>(id, cx)?.public_ip;
    if let Some(interface_id) = require::<Address>(id, cx)?.network_interface_id.clone() {
        end(&interface_id, |association| association.public_address == public_ip, cx);
    }
    Ok(())
}

/// Ends the associations of these private addresses of an interface.
pub(crate) fn disassociate_private(interface_id: &str, addresses: &[Ipv4Addr], cx: &mut Context) {
    end(interface_id, |association| addresses.contains(&association.private_address), cx);
}

/// Ends every association of an interface, which is about to go.
pub(crate) fn disassociate_all(interface_id: &str, cx: &mut Context) {
    end(interface_id, |_| true, cx);
}

fn end(interface_id: &str, ends: impl Fn(&Association) -> bool, cx: &mut Context) {
    let Some(mut interface) = cx.get::<NetworkInterface>(interface_id).cloned() else {
        return;
    };
    let (ended, kept): (Vec<_>, Vec<_>) = interface.associations.into_iter().partition(|found| ends(found));
    if ended.is_empty() {
        return;
    }
    interface.associations = kept;
    cx.put(interface_id, interface);
    for association in ended {
        if let Some(address) = cx.get::<Address>(&association.allocation_id).cloned() {
            cx.put(&association.allocation_id, Address { network_interface_id: None, ..address });
        }
    }
}
