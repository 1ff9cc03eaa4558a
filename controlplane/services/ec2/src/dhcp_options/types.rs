use crate::errors::{self, Noun};
use crate::resource::Resource;
use controlplane_services_kernel::Record;
use minicbor::{Decode, Encode};
use std::net::IpAddr;

/// A set of DHCP options. Id: `dopt-...`. Never changes; it says at least one thing.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
pub struct DhcpOptions {
    /// The domains that names without dots are looked for in; AWS takes several in one text.
    #[n(0)]
    pub domain_names: Vec<String>,
    /// DNS servers, in the order they are asked.
    #[cbor(n(1), with = "controlplane_types::cbor::texts")]
    pub domain_name_servers: Vec<IpAddr>,
    /// The VPC's own resolver, in place of addresses.
    #[cbor(n(2), default)]
    pub amazon_provided: bool,
}

/// How AWS calls the resolver of a VPC, whichever VPC it is.
pub(super) const AMAZON_PROVIDED: &str = "AmazonProvidedDNS";

impl DhcpOptions {
    /// The servers as they are said.
    pub(super) fn servers(&self) -> Vec<String> {
        let own = self.amazon_provided.then(|| AMAZON_PROVIDED.to_owned());
        own.into_iter().chain(self.domain_name_servers.iter().map(ToString::to_string)).collect()
    }

    /// What is said, under AWS's names of the options.
    pub(super) fn said(&self) -> Vec<(&'static str, Vec<String>)> {
        let names = (!self.domain_names.is_empty()).then(|| vec![self.domain_names.join(" ")]);
        let servers = self.servers();
        let servers = (!servers.is_empty()).then_some(servers);
        let names = names.map(|names| ("domain-name", names));
        names.into_iter().chain(servers.map(|servers| ("domain-name-servers", servers))).collect()
    }
}

impl Record for DhcpOptions {
    const KIND: &'static str = "dhcp_options";
}

impl Resource for DhcpOptions {
    const NOUN: &'static Noun = &errors::DHCP_OPTIONS;
}
