//! The actions on network interfaces.

pub(crate) mod create_network_interface;
pub(crate) mod delete_network_interface;
pub(crate) mod describe_network_interfaces;
pub(crate) mod modify_network_interface_attribute;
mod shape;

pub(crate) use shape::NetworkInterfaceShape;
