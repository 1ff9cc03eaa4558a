//! How AWS speaks of each kind of resource. The spellings differ from noun to noun and clients depend on
//! them.

/// One kind of resource.
#[derive(Debug, PartialEq, Eq)]
pub struct Noun {
    /// What its ids start with.
    pub prefix: &'static str,
    /// What tags call it.
    pub tag_type: &'static str,
    /// Code for an id that leads nowhere.
    pub(crate) not_found: &'static str,
    /// Code for a text that is no id of it.
    pub(crate) malformed: &'static str,
    /// As in "The ... 'id' does not exist".
    pub(crate) words: &'static str,
}

pub(crate) const VPC: Noun = Noun {
    prefix: "vpc-",
    tag_type: "vpc",
    not_found: "InvalidVpcID.NotFound",
    malformed: "InvalidVpcID.Malformed",
    words: "vpc ID",
};

pub(crate) const SUBNET: Noun = Noun {
    prefix: "subnet-",
    tag_type: "subnet",
    not_found: "InvalidSubnetID.NotFound",
    malformed: "InvalidSubnetID.Malformed",
    words: "subnet ID",
};

pub(crate) const INTERNET_GATEWAY: Noun = Noun {
    prefix: "igw-",
    tag_type: "internet-gateway",
    not_found: "InvalidInternetGatewayID.NotFound",
    malformed: "InvalidInternetGatewayId.Malformed",
    words: "internetGateway ID",
};

pub(crate) const ROUTE_TABLE: Noun = Noun {
    prefix: "rtb-",
    tag_type: "route-table",
    not_found: "InvalidRouteTableID.NotFound",
    malformed: "InvalidRouteTableId.Malformed",
    words: "routeTable ID",
};

pub(crate) const SECURITY_GROUP: Noun = Noun {
    prefix: "sg-",
    tag_type: "security-group",
    not_found: "InvalidGroup.NotFound",
    malformed: "InvalidGroupId.Malformed",
    words: "security group",
};

pub(crate) const SECURITY_GROUP_RULE: Noun = Noun {
    prefix: "sgr-",
    tag_type: "security-group-rule",
    not_found: "InvalidSecurityGroupRuleId.NotFound",
    malformed: "InvalidSecurityGroupRuleId.Malformed",
    words: "security group rule ID",
};

pub(crate) const NETWORK_INTERFACE: Noun = Noun {
    prefix: "eni-",
    tag_type: "network-interface",
    not_found: "InvalidNetworkInterfaceID.NotFound",
    malformed: "InvalidNetworkInterfaceId.Malformed",
    words: "networkInterface ID",
};

pub(crate) const ADDRESS: Noun = Noun {
    prefix: "eipalloc-",
    tag_type: "elastic-ip",
    not_found: "InvalidAllocationID.NotFound",
    malformed: "InvalidAllocationID.Malformed",
    words: "allocation ID",
};

pub(crate) const INSTANCE: Noun = Noun {
    prefix: "i-",
    tag_type: "instance",
    not_found: "InvalidInstanceID.NotFound",
    malformed: "InvalidInstanceID.Malformed",
    words: "instance ID",
};

pub(crate) const IMAGE: Noun = Noun {
    prefix: "ami-",
    tag_type: "image",
    not_found: "InvalidAMIID.NotFound",
    malformed: "InvalidAMIID.Malformed",
    words: "image id",
};

pub(crate) const KEY_PAIR: Noun = Noun {
    prefix: "key-",
    tag_type: "key-pair",
    not_found: "InvalidKeyPair.NotFound",
    malformed: "InvalidKeyPair.Format",
    words: "key pair ID",
};

pub(crate) const LAUNCH_TEMPLATE: Noun = Noun {
    prefix: "lt-",
    tag_type: "launch-template",
    not_found: "InvalidLaunchTemplateId.NotFound",
    malformed: "InvalidLaunchTemplateId.Malformed",
    words: "launch template ID",
};

pub(crate) const PREFIX_LIST: Noun = Noun {
    prefix: "pl-",
    tag_type: "prefix-list",
    not_found: "InvalidPrefixListID.NotFound",
    malformed: "InvalidPrefixListId.Malformed",
    words: "prefix list ID",
};

pub(crate) const DHCP_OPTIONS: Noun = Noun {
    prefix: "dopt-",
    tag_type: "dhcp-options",
    not_found: "InvalidDhcpOptionID.NotFound",
    malformed: "InvalidDhcpOptionsId.Malformed",
    words: "dhcpOptions ID",
};
