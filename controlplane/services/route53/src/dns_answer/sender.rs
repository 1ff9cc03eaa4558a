use crate::errors;
use controlplane_services_kernel::ServiceError;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Lengths of the client subnet that resolvers send (RFC 7871 section 11.1), and the longest there are.
const V4: (u8, u8) = (24, 32);
const V6: (u8, u8) = (64, 128);

/// Whom a query comes from, and for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// The resolver.
    pub peer: IpAddr,
    /// The client subnet it sends along: `192.0.2.0/24`.
    pub subnet: Option<String>,
}

impl Sender {
    /// Reads `ResolverIP`, `EDNS0ClientSubnetIP` and `EDNS0ClientSubnetMask`. Without a resolver the DNS server asks itself.
    pub fn read(
        resolver: Option<&str>,
        subnet: Option<&str>,
        mask: Option<&str>,
    ) -> Result<Self, ServiceError> {
        let peer = resolver.map(|text| address("ResolverIP", text)).transpose()?;
        let subnet = match (subnet, mask) {
            (Some(subnet), mask) => Some(network(address("EDNS0ClientSubnetIP", subnet)?, mask)?),
            (None, None) => None,
            (None, Some(_)) => {
                return Err(errors::invalid_input("EDNS0ClientSubnetMask: there is no EDNS0ClientSubnetIP"));
            }
        };
        Ok(Self { peer: peer.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)), subnet })
    }
}

fn address(member: &str, text: &str) -> Result<IpAddr, ServiceError> {
    text.parse().map_err(|_| errors::invalid_input(format!("{member}: {text} is not an IP address")))
}

/// The network around an address, without the bits behind the mask.
fn network(address: IpAddr, mask: Option<&str>) -> Result<String, ServiceError> {
    let (usual, longest) = if address.is_ipv4() { V4 } else { V6 };
    let length = match mask {
        None => usual,
        Some(text) => {
            let length = text.parse::<u8>().ok().filter(|length| *length <= longest);
            length.ok_or_else(|| {
                errors::invalid_input(format!(
                    "EDNS0ClientSubnetMask: {text} is not a number from 0 to {longest}"
                ))
            })?
        }
    };
    let first = match address {
        IpAddr::V4(address) => {
            let bits = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
            IpAddr::V4(Ipv4Addr::from_bits(address.to_bits() & bits))
        }
        IpAddr::V6(address) => {
            let bits = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & bits))
        }
    };
    Ok(format!("{first}/{length}"))
}
