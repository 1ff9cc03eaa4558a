//! Errors of networks: VPCs, subnets, gateways, routes, interfaces, zones.

use super::{invalid_parameter_combination, invalid_parameter_value, invalid_value, refuse};
use controlplane_services_kernel::ServiceError;
use std::fmt::Display;
use std::net::IpAddr;

pub(crate) fn not_a_cidr(text: &str, parameter: &str) -> ServiceError {
    invalid_value(text, parameter, "This is not a valid CIDR block.")
}

pub(crate) fn not_an_address(text: &str, parameter: &str) -> ServiceError {
    invalid_value(text, parameter, "This is not a valid IP address.")
}

// VPCs

pub(crate) fn vpc_range(cidr: impl Display) -> ServiceError {
    refuse("InvalidVpc.Range", format!("The CIDR '{cidr}' is invalid."))
        .with_hint("a VPC's block has between 16 (/28) and 65536 (/16) addresses")
}

pub(crate) fn default_vpc_already_exists() -> ServiceError {
    refuse("DefaultVpcAlreadyExists", "A Default VPC already exists for this account in this region.")
}

pub(crate) fn no_default_vpc() -> ServiceError {
    refuse("VPCIdNotSpecified", "No default VPC for this user")
}

pub(crate) fn default_vpc_does_not_exist() -> ServiceError {
    refuse("DefaultVpcDoesNotExist", "No default VPC exists for this account in this region.")
}

pub(crate) fn one_vpc_attribute() -> ServiceError {
    invalid_parameter_combination("Fields for multiple attribute types specified; exactly one is allowed")
}

pub(crate) fn dns_hostnames_need_support() -> ServiceError {
    invalid_parameter_combination("enableDnsHostnames cannot be true while enableDnsSupport is false")
}

pub(crate) fn vpc_limit_exceeded() -> ServiceError {
    ServiceError::new("VpcLimitExceeded", 400, "The maximum number of VPCs has been reached.")
}

pub(crate) fn subnet_limit_exceeded(vpc: &str) -> ServiceError {
    refuse("SubnetLimitExceeded", format!("The maximum number of subnets has been reached for VPC {vpc}."))
}

// Subnets

pub(crate) fn subnet_range(cidr: impl Display) -> ServiceError {
    refuse("InvalidSubnet.Range", format!("The CIDR '{cidr}' is invalid.")).with_hint(
        "a subnet's block lies within its VPC's and has between 16 (/28) and 65536 (/16) addresses",
    )
}

pub(crate) fn subnet_range_ipv6(cidr: impl Display) -> ServiceError {
    refuse("InvalidSubnet.Range", format!("The IPv6 CIDR '{cidr}' is invalid."))
        .with_hint("a subnet's IPv6 block is a /64 within its VPC's")
}

pub(crate) fn subnet_conflict(cidr: impl Display) -> ServiceError {
    refuse("InvalidSubnet.Conflict", format!("The CIDR '{cidr}' conflicts with another subnet"))
}

pub(crate) fn unknown_zone(parameter: &str, zone: &str, zones: &str) -> ServiceError {
    invalid_value(
        zone,
        parameter,
        &format!("Subnets can currently only be created in the following availability zones: {zones}."),
    )
}

pub(crate) fn zone_given_twice() -> ServiceError {
    invalid_parameter_combination(
        "Parameters AvailabilityZone and AvailabilityZoneId cannot be used together",
    )
}

pub(crate) fn default_subnet_already_exists(zone: &str) -> ServiceError {
    refuse(
        "DefaultSubnetAlreadyExistsInAvailabilityZone",
        format!("A Default Subnet already exists in {zone}."),
    )
}

pub(crate) fn no_room_for_default_subnet(cidr: impl Display) -> ServiceError {
    refuse("InvalidSubnet.Conflict", format!("There is no free /20 block for a default subnet in '{cidr}'"))
}

pub(crate) fn one_subnet_attribute() -> ServiceError {
    invalid_parameter_combination("Exactly one attribute can be modified in one request")
}

pub(crate) fn subnet_without_ipv6(id: &str) -> ServiceError {
    invalid_parameter_value(format!("The subnet '{id}' has no IPv6 CIDR block"))
}

// Internet gateways

pub(crate) fn gateway_already_attached(gateway: &str, vpc: &str) -> ServiceError {
    refuse("Resource.AlreadyAssociated", format!("resource {gateway} is already attached to network {vpc}"))
}

pub(crate) fn vpc_has_gateway(vpc: &str) -> ServiceError {
    invalid_parameter_value(format!("Network {vpc} already has an internet gateway attached"))
}

pub(crate) fn gateway_not_attached(gateway: &str, vpc: &str) -> ServiceError {
    refuse("Gateway.NotAttached", format!("resource {gateway} is not attached to network {vpc}"))
}

pub(crate) fn mapped_public_addresses(vpc: &str) -> ServiceError {
    refuse(
        "DependencyViolation",
        format!(
            "Network {vpc} has some mapped public address(es). Please unmap those public address(es) before detaching \
             the gateway."
        ),
    )
}

// Route tables

pub(crate) fn association_not_found(id: &str) -> ServiceError {
    refuse("InvalidAssociationID.NotFound", format!("The association ID '{id}' does not exist"))
}

pub(crate) fn already_associated(table: &str, subnet: &str) -> ServiceError {
    refuse(
        "Resource.AlreadyAssociated",
        format!(
            "the specified association for route table {table} conflicts with an existing association of {subnet}"
        ),
    )
}

pub(crate) fn main_association(association: &str) -> ServiceError {
    invalid_parameter_value(format!("cannot disassociate the main route table association {association}"))
}

pub(crate) fn different_networks(one: (&str, &str), other: (&str, &str)) -> ServiceError {
    invalid_parameter_value(format!(
        "{} {} and {} {} belong to different networks",
        one.0, one.1, other.0, other.1
    ))
}

pub(crate) fn route_already_exists(destination: impl Display) -> ServiceError {
    refuse("RouteAlreadyExists", format!("The route identified by {destination} already exists."))
}

pub(crate) fn route_not_found(table: &str, destination: impl Display) -> ServiceError {
    refuse(
        "InvalidRoute.NotFound",
        format!("no route with destination-cidr-block {destination} in route table {table}"),
    )
}

pub(crate) fn local_route(destination: impl Display) -> ServiceError {
    invalid_parameter_value(format!("cannot remove or replace the local route {destination}"))
}

pub(crate) fn route_inside_vpc(destination: impl Display) -> ServiceError {
    invalid_parameter_value(format!(
        "The destination CIDR block {destination} is equal to or more specific than one of this VPC's CIDR blocks. \
         This route can target only an interface or an instance."
    ))
}

pub(crate) fn route_not_a_subnet(destination: impl Display) -> ServiceError {
    invalid_parameter_value(format!(
        "The destination CIDR block {destination} lies within this VPC and is not the CIDR block of one of its subnets"
    ))
}

pub(crate) fn route_limit_exceeded(most: usize) -> ServiceError {
    refuse("RouteLimitExceeded", format!("The maximum number of routes in a route table is {most}."))
}

pub(crate) fn one_destination() -> ServiceError {
    refuse(
        "MissingParameter",
        "Exactly one of DestinationCidrBlock, DestinationIpv6CidrBlock and DestinationPrefixListId is required",
    )
}

pub(crate) fn one_route_target() -> ServiceError {
    invalid_parameter_value(
        "Exactly one of GatewayId, NetworkInterfaceId and InstanceId is required as the route's target",
    )
}

pub(crate) fn gateway_not_served(gateway: &str) -> ServiceError {
    invalid_value(gateway, "gatewayId", "Only internet gateways (igw-...) are served as gateways of routes.")
}

pub(crate) fn ipv6_through_gateway(destination: impl Display) -> ServiceError {
    invalid_parameter_value(format!(
        "The route to {destination} cannot target an internet gateway: IPv6 blocks of this region are unique local \
         addresses (RFC 4193), which have no way to the internet"
    ))
}

pub(crate) fn instance_has_several_interfaces(instance: &str) -> ServiceError {
    refuse(
        "InvalidInstanceID",
        format!(
            "There are multiple interfaces attached to instance '{instance}'. Please specify an interface ID for the \
             operation instead."
        ),
    )
}

// Network interfaces

pub(crate) fn address_outside_subnet(address: IpAddr) -> ServiceError {
    invalid_parameter_value(format!("Address {address} does not fall within the subnet's address range"))
}

pub(crate) fn address_reserved(address: IpAddr) -> ServiceError {
    invalid_parameter_value(format!("Address {address} is in subnet's reserved address range"))
}

pub(crate) fn address_in_use(address: IpAddr) -> ServiceError {
    refuse("InvalidIPAddress.InUse", format!("Address {address} is in use."))
}

pub(crate) fn no_free_addresses(subnet: &str) -> ServiceError {
    refuse(
        "InsufficientFreeAddressesInSubnet",
        format!(
            "There are not enough free addresses in subnet '{subnet}' to satisfy the requested number of \
             instances."
        ),
    )
}

pub(crate) fn too_many_addresses(most: usize) -> ServiceError {
    refuse(
        "PrivateIpAddressLimitExceeded",
        format!("Number of private addresses exceeds limit of {most} per interface."),
    )
}

pub(crate) fn one_primary_address() -> ServiceError {
    invalid_parameter_combination("Only one primary private IP address can be specified")
}

pub(crate) fn address_given_twice(address: IpAddr) -> ServiceError {
    invalid_parameter_value(format!("Address {address} is specified more than once"))
}

pub(crate) fn addresses_and_count() -> ServiceError {
    invalid_parameter_combination(
        "SecondaryPrivateIpAddressCount cannot be combined with secondary addresses in PrivateIpAddresses",
    )
}

pub(crate) fn ipv6_addresses_and_count() -> ServiceError {
    invalid_parameter_combination("Ipv6AddressCount and Ipv6Addresses cannot be used together")
}

pub(crate) fn negative_count(parameter: &str, value: i32) -> ServiceError {
    invalid_value(&value.to_string(), parameter, "It must not be negative.")
}

pub(crate) fn too_many_groups(most: usize) -> ServiceError {
    refuse(
        "SecurityGroupsPerInterfaceLimitExceeded",
        format!("The maximum number of security groups per interface is {most}."),
    )
}

pub(crate) fn group_in_other_network(group: &str, subnet: &str) -> ServiceError {
    refuse(
        "InvalidParameter",
        format!("Security group {group} and subnet {subnet} belong to different networks."),
    )
}

pub(crate) fn interface_in_use(id: &str) -> ServiceError {
    invalid_parameter_value(format!("Network interface '{id}' is currently in use."))
}

pub(crate) fn interface_attached_elsewhere(id: &str) -> ServiceError {
    refuse("InvalidNetworkInterface.InUse", format!("Interface: [{id}] in use."))
}

pub(crate) fn device_index_in_use(instance: &str, index: u32) -> ServiceError {
    invalid_parameter_value(format!(
        "Instance '{instance}' already has an interface attached at device index '{index}'."
    ))
}

pub(crate) fn no_public_address_left() -> ServiceError {
    refuse("AddressLimitExceeded", "The region's pool of public addresses is exhausted.")
}

pub(crate) fn attachment_not_found(id: &str) -> ServiceError {
    refuse("InvalidAttachmentID.NotFound", format!("The attachment ID '{id}' does not exist"))
}

pub(crate) fn one_interface_attribute() -> ServiceError {
    invalid_parameter_combination("Exactly one attribute can be modified in one request")
}

pub(crate) fn device_index_range(index: i32, most: usize) -> ServiceError {
    invalid_value(&index.to_string(), "DeviceIndex", &format!("It lies between 0 and {}.", most - 1))
}

pub(crate) fn first_interface_stays() -> ServiceError {
    refuse("OperationNotPermitted", "The network interface at device index 0 cannot be detached.")
}

pub(crate) fn not_running_or_stopped(instance: &str) -> ServiceError {
    refuse("IncorrectState", format!("Instance '{instance}' is not 'running' or 'stopped'."))
}

pub(crate) fn address_not_assigned(address: IpAddr, interface: &str) -> ServiceError {
    invalid_parameter_value(format!(
        "The private IP address {address} is not assigned to network interface '{interface}'."
    ))
}

pub(crate) fn primary_address_stays(address: IpAddr) -> ServiceError {
    invalid_parameter_value(format!("The primary private IP address {address} cannot be unassigned."))
}

// Elastic addresses

pub(crate) fn no_such_address(address: &str) -> ServiceError {
    refuse("InvalidAddress.NotFound", format!("Address '{address}' not found."))
}

pub(crate) fn already_associated_address(id: &str) -> ServiceError {
    refuse(
        "Resource.AlreadyAssociated",
        format!("resource {id} is already associated, and AllowReassociation is false"),
    )
}

pub(crate) fn no_gateway_attached(vpc: &str) -> ServiceError {
    refuse("Gateway.NotAttached", format!("Network {vpc} is not attached to any internet gateway"))
}

pub(crate) fn interface_and_instance() -> ServiceError {
    invalid_parameter_combination("You may specify either an instance or a network interface, but not both")
}

// Zones and regions

pub(crate) fn zone_not_found(parameter: &str, zone: &str) -> ServiceError {
    invalid_parameter_value(format!("Invalid availability zone in {parameter}: [{zone}]"))
}

pub(crate) fn region_not_found(region: &str) -> ServiceError {
    invalid_parameter_value(format!("Invalid region provided: [{region}]"))
}

// What AWS has and nobody here can have

pub(crate) fn no_endpoint_service(name: &str) -> ServiceError {
    refuse("InvalidServiceName", format!("The Vpc Endpoint Service '{name}' does not exist"))
}

pub(crate) fn interface_attribute_not_served(attribute: &str) -> ServiceError {
    invalid_value(attribute, "attribute", "Served are description, groupSet, sourceDestCheck and attachment.")
}
