use crate::errors;
use controlplane_services_kernel::ServiceError;
use ipnet::{Ipv4Net, Ipv6Net};

/// Reads an IPv4 block; as at AWS, bits behind the prefix are cleared.
pub(crate) fn canonical_ipv4(text: &str, parameter: &str) -> Result<Ipv4Net, ServiceError> {
    text.parse::<Ipv4Net>().map(|net| net.trunc()).map_err(|_| errors::not_a_cidr(text, parameter))
}

/// Reads an IPv6 block; as at AWS, bits behind the prefix are cleared.
pub(crate) fn canonical_ipv6(text: &str, parameter: &str) -> Result<Ipv6Net, ServiceError> {
    text.parse::<Ipv6Net>().map(|net| net.trunc()).map_err(|_| errors::not_a_cidr(text, parameter))
}

/// Blocks no VPC can have, because the addresses mean something else everywhere.
const UNUSABLE: [&str; 4] = ["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"];

/// The block of a new VPC.
pub(super) fn vpc_cidr(text: &str) -> Result<Ipv4Net, ServiceError> {
    let cidr = canonical_ipv4(text, "cidrBlock")?;
    let unusable = UNUSABLE.iter().filter_map(|net| net.parse::<Ipv4Net>().ok());
    if !(16..=28).contains(&cidr.prefix_len()) || unusable.into_iter().any(|net| net.contains(&cidr)) {
        return Err(errors::vpc_range(cidr));
    }
    Ok(cidr)
}
