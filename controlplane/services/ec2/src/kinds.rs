//! Every kind of record EC2 owns.

use crate::address::Address;
use crate::dhcp_options::DhcpOptions;
use crate::image::Image;
use crate::instance::{Instance, VERBS};
use crate::internet_gateway::InternetGateway;
use crate::key_pair::KeyPair;
use crate::launch_template::{LaunchTemplate, LaunchTemplateVersion};
use crate::network_interface::NetworkInterface;
use crate::prefix_list::{PrefixList, PrefixListVersion};
use crate::route_table::RouteTable;
use crate::security_group::{SecurityGroup, SecurityGroupRule};
use crate::subnet::Subnet;
use crate::tag::ResourceTags;
use crate::vpc::Vpc;
use controlplane_services_kernel::KindEntry;

pub(crate) const KINDS: &[KindEntry] = &[
    KindEntry::declared::<DhcpOptions>(),
    KindEntry::declared::<Vpc>(),
    KindEntry::declared::<Subnet>(),
    KindEntry::declared::<InternetGateway>(),
    KindEntry::declared::<PrefixList>(),
    KindEntry::internal::<PrefixListVersion>(),
    KindEntry::declared::<RouteTable>(),
    KindEntry::declared::<SecurityGroup>(),
    KindEntry::visible::<SecurityGroupRule>(),
    KindEntry::visible::<NetworkInterface>(),
    KindEntry::visible::<Address>(),
    KindEntry::declared::<Image>(),
    KindEntry::declared::<KeyPair>(),
    KindEntry::declared::<LaunchTemplate>(),
    KindEntry::internal::<LaunchTemplateVersion>(),
    KindEntry::declared::<Instance>().told_to(VERBS),
    KindEntry::internal::<ResourceTags>(),
];
