//! Every action EC2 serves, one line each. [`write`] and [`read`] add `DryRun`; actions without that member
//! are entered plainly.

use crate::account::ops::*;
use crate::address::*;
use crate::availability_zone::ops::*;
use crate::dhcp_options::ops::*;
use crate::dry_run::{read, write};
use crate::image::*;
use crate::instance::*;
use crate::instance_profile::ops::*;
use crate::instance_type::*;
use crate::internet_gateway::*;
use crate::key_pair::*;
use crate::launch_template::*;
use crate::network_interface::*;
use crate::prefix_list::ops::*;
use crate::route_table::ops::*;
use crate::security_group::ops::*;
use crate::subnet::*;
use crate::tag::*;
use crate::vpc::*;
use crate::vpc_endpoint_service::ops::*;
use controlplane_services_kernel::OperationEntry;

pub(crate) const OPERATIONS: &[OperationEntry] = &[
    // VPCs
    write::<create_default_vpc::CreateDefaultVpc>(),
    write::<create_vpc::CreateVpc>(),
    write::<delete_vpc::DeleteVpc>(),
    read::<describe_vpc_attribute::DescribeVpcAttribute>(),
    read::<describe_vpcs::DescribeVpcs>(),
    OperationEntry::write::<modify_vpc_attribute::ModifyVpcAttribute>(),
    // DHCP option sets
    write::<associate_dhcp_options::AssociateDhcpOptions>(),
    write::<create_dhcp_options::CreateDhcpOptions>(),
    write::<delete_dhcp_options::DeleteDhcpOptions>(),
    read::<describe_dhcp_options::DescribeDhcpOptions>(),
    // Subnets
    write::<create_default_subnet::CreateDefaultSubnet>(),
    write::<create_subnet::CreateSubnet>(),
    write::<delete_subnet::DeleteSubnet>(),
    read::<describe_subnets::DescribeSubnets>(),
    OperationEntry::write::<modify_subnet_attribute::ModifySubnetAttribute>(),
    // Internet gateways
    write::<attach_internet_gateway::AttachInternetGateway>(),
    write::<create_internet_gateway::CreateInternetGateway>(),
    write::<delete_internet_gateway::DeleteInternetGateway>(),
    read::<describe_internet_gateways::DescribeInternetGateways>(),
    write::<detach_internet_gateway::DetachInternetGateway>(),
    // Managed prefix lists
    write::<create_managed_prefix_list::CreateManagedPrefixList>(),
    write::<delete_managed_prefix_list::DeleteManagedPrefixList>(),
    read::<describe_managed_prefix_lists::DescribeManagedPrefixLists>(),
    read::<get_managed_prefix_list_associations::GetManagedPrefixListAssociations>(),
    read::<get_managed_prefix_list_entries::GetManagedPrefixListEntries>(),
    write::<modify_managed_prefix_list::ModifyManagedPrefixList>(),
    write::<restore_managed_prefix_list_version::RestoreManagedPrefixListVersion>(),
    // Route tables
    write::<associate_route_table::AssociateRouteTable>(),
    write::<create_route::CreateRoute>(),
    write::<create_route_table::CreateRouteTable>(),
    write::<delete_route::DeleteRoute>(),
    write::<delete_route_table::DeleteRouteTable>(),
    read::<describe_route_tables::DescribeRouteTables>(),
    write::<disassociate_route_table::DisassociateRouteTable>(),
    write::<replace_route::ReplaceRoute>(),
    write::<replace_route_table_association::ReplaceRouteTableAssociation>(),
    // Security groups
    write::<authorize_security_group_egress::AuthorizeSecurityGroupEgress>(),
    write::<authorize_security_group_ingress::AuthorizeSecurityGroupIngress>(),
    write::<create_security_group::CreateSecurityGroup>(),
    write::<delete_security_group::DeleteSecurityGroup>(),
    read::<describe_security_group_rules::DescribeSecurityGroupRules>(),
    read::<describe_security_groups::DescribeSecurityGroups>(),
    read::<get_security_groups_for_vpc::GetSecurityGroupsForVpc>(),
    write::<modify_security_group_rules::ModifySecurityGroupRules>(),
    write::<revoke_security_group_egress::RevokeSecurityGroupEgress>(),
    write::<revoke_security_group_ingress::RevokeSecurityGroupIngress>(),
    write::<update_security_group_rule_descriptions_egress::UpdateSecurityGroupRuleDescriptionsEgress>(),
    write::<update_security_group_rule_descriptions_ingress::UpdateSecurityGroupRuleDescriptionsIngress>(),
    // Network interfaces
    OperationEntry::write::<assign_private_ip_addresses::AssignPrivateIpAddresses>(),
    write::<attach_network_interface::AttachNetworkInterface>(),
    write::<create_network_interface::CreateNetworkInterface>(),
    write::<delete_network_interface::DeleteNetworkInterface>(),
    read::<describe_network_interface_attribute::DescribeNetworkInterfaceAttribute>(),
    read::<describe_network_interfaces::DescribeNetworkInterfaces>(),
    write::<detach_network_interface::DetachNetworkInterface>(),
    write::<modify_network_interface_attribute::ModifyNetworkInterfaceAttribute>(),
    write::<reset_network_interface_attribute::ResetNetworkInterfaceAttribute>(),
    OperationEntry::write::<unassign_private_ip_addresses::UnassignPrivateIpAddresses>(),
    // Elastic addresses
    write::<allocate_address::AllocateAddress>(),
    write::<associate_address::AssociateAddress>(),
    read::<describe_addresses::DescribeAddresses>(),
    write::<disassociate_address::DisassociateAddress>(),
    write::<release_address::ReleaseAddress>(),
    // Instances
    OperationEntry::write::<associate_iam_instance_profile::AssociateIamInstanceProfile>(),
    OperationEntry::read::<describe_iam_instance_profile_associations::DescribeIamInstanceProfileAssociations>(
    ),
    OperationEntry::write::<disassociate_iam_instance_profile::DisassociateIamInstanceProfile>(),
    OperationEntry::write::<replace_iam_instance_profile_association::ReplaceIamInstanceProfileAssociation>(),
    read::<describe_instance_attribute::DescribeInstanceAttribute>(),
    read::<describe_instance_status::DescribeInstanceStatus>(),
    read::<describe_instances::DescribeInstances>(),
    read::<get_console_output::GetConsoleOutput>(),
    write::<modify_instance_attribute::ModifyInstanceAttribute>(),
    write::<modify_instance_metadata_options::ModifyInstanceMetadataOptions>(),
    write::<reboot_instances::RebootInstances>(),
    write::<run_instances::RunInstances>(),
    write::<start_instances::StartInstances>(),
    write::<stop_instances::StopInstances>(),
    write::<terminate_instances::TerminateInstances>(),
    // What instances are made from
    read::<describe_instance_type_offerings::DescribeInstanceTypeOfferings>(),
    read::<describe_instance_types::DescribeInstanceTypes>(),
    write::<deregister_image::DeregisterImage>(),
    read::<describe_image_attribute::DescribeImageAttribute>(),
    read::<describe_images::DescribeImages>(),
    write::<modify_image_attribute::ModifyImageAttribute>(),
    write::<reset_image_attribute::ResetImageAttribute>(),
    write::<create_key_pair::CreateKeyPair>(),
    write::<delete_key_pair::DeleteKeyPair>(),
    read::<describe_key_pairs::DescribeKeyPairs>(),
    write::<import_key_pair::ImportKeyPair>(),
    write::<create_launch_template::CreateLaunchTemplate>(),
    write::<create_launch_template_version::CreateLaunchTemplateVersion>(),
    write::<delete_launch_template::DeleteLaunchTemplate>(),
    write::<delete_launch_template_versions::DeleteLaunchTemplateVersions>(),
    read::<describe_launch_template_versions::DescribeLaunchTemplateVersions>(),
    read::<describe_launch_templates::DescribeLaunchTemplates>(),
    write::<modify_launch_template::ModifyLaunchTemplate>(),
    // Tags
    write::<create_tags::CreateTags>(),
    write::<delete_tags::DeleteTags>(),
    read::<describe_tags::DescribeTags>(),
    // The account, zones and regions
    read::<describe_account_attributes::DescribeAccountAttributes>(),
    read::<describe_availability_zones::DescribeAvailabilityZones>(),
    read::<describe_regions::DescribeRegions>(),
    read::<describe_vpc_endpoint_services::DescribeVpcEndpointServices>(),
];
