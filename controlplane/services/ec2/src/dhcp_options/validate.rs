//! Which options there are and what they take.

use super::DhcpOptions;
use super::types::AMAZON_PROVIDED;
use crate::errors;
use controlplane_services_kernel::ServiceError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// AWS's bound.
const MAX_SERVERS: usize = 4;
const MAX_DOMAIN: usize = 255;

/// What no instance could get, and why not.
const WITHOUT_EFFECT: [(&str, &str); 4] = [
    ("ntp-servers", "instances share the clock of their machine"),
    ("netbios-name-servers", "nothing here speaks NetBIOS"),
    ("netbios-node-type", "nothing here speaks NetBIOS"),
    ("ipv6-address-preferred-lease-time", "addresses are not leased"),
];

/// An option as a request gives it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DhcpConfiguration {
    pub(crate) key: String,
    pub(crate) values: Vec<String>,
}

/// The set that `configurations` describe.
pub(super) fn options(configurations: &[DhcpConfiguration]) -> Result<DhcpOptions, ServiceError> {
    let mut options = DhcpOptions::default();
    let mut seen = BTreeSet::new();
    for DhcpConfiguration { key, values } in configurations {
        if !seen.insert(key) {
            return Err(errors::dhcp_option_twice(key));
        }
        if values.iter().all(String::is_empty) {
            return Err(errors::dhcp_option_without_value(key));
        }
        match key.as_str() {
            "domain-name" => options.domain_names = domains(&values.join(" "))?,
            "domain-name-servers" if values.as_slice() == [AMAZON_PROVIDED] => options.amazon_provided = true,
            "domain-name-servers" => options.domain_name_servers = servers(values)?,
            other => return Err(refused(other)),
        }
    }
    if seen.is_empty() {
        return Err(errors::missing_parameter("DhcpConfigurations"));
    }
    Ok(options)
}

fn refused(key: &str) -> ServiceError {
    let known = WITHOUT_EFFECT.iter().find(|(name, _)| *name == key);
    known
        .map_or_else(|| errors::dhcp_option_unknown(key), |(_, why)| errors::dhcp_option_not_served(key, why))
}

/// Goes into a file of the instance as it is, hence nothing but names.
fn domains(text: &str) -> Result<Vec<String>, ServiceError> {
    let names: Vec<String> = text.split(' ').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    if names.is_empty() || text.len() > MAX_DOMAIN || !names.iter().all(|name| is_domain(name)) {
        return Err(errors::dhcp_domain_name(text));
    }
    Ok(names)
}

fn is_domain(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    name.strip_suffix('.').unwrap_or(name).split('.').all(is_label)
}

/// Addresses, each a value of its own or several in one with commas between, as AWS takes them.
fn servers(values: &[String]) -> Result<Vec<IpAddr>, ServiceError> {
    let texts = values.iter().flat_map(|value| value.split(',')).map(str::trim);
    let servers = texts.filter(|text| !text.is_empty()).map(server).collect::<Result<Vec<_>, _>>()?;
    if servers.len() > MAX_SERVERS {
        return Err(errors::too_many_name_servers(MAX_SERVERS));
    }
    Ok(servers)
}

fn server(text: &str) -> Result<IpAddr, ServiceError> {
    text.parse().map_err(|_| errors::not_an_address(text, "domain-name-servers"))
}
