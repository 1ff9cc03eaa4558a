//! The actions on network interfaces.

pub(crate) mod assign_private_ip_addresses;
pub(crate) mod attach_network_interface;
pub(crate) mod create_network_interface;
pub(crate) mod delete_network_interface;
pub(crate) mod describe_network_interface_attribute;
pub(crate) mod describe_network_interfaces;
pub(crate) mod detach_network_interface;
pub(crate) mod modify_network_interface_attribute;
pub(crate) mod reset_network_interface_attribute;
mod shape;
pub(crate) mod unassign_private_ip_addresses;

pub(crate) use shape::NetworkInterfaceShape;
