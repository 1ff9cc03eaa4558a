use super::Zone;
use crate::errors;
use controlplane_services_kernel::ServiceError;
use controlplane_types::{AccountId, RegionName};
use ipnet::Ipv4Net;

/// The letter of a zone name in its region.
pub(super) fn zone_of(region: &RegionName, name: &str) -> Result<Zone, ServiceError> {
    let mut letters = name.strip_prefix(region.as_str()).unwrap_or_default().chars();
    match (letters.next(), letters.next()) {
        (Some(letter @ 'a'..='z'), None) => Ok(Zone::of(region, letter)),
        _ => Err(errors::invalid_field(
            "zones",
            name,
            "a zone is the region's name and one letter, such as us-east-1a",
        )),
    }
}

pub(super) fn region_name(name: &RegionName) -> Result<(), ServiceError> {
    let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let name = name.as_str();
    if name.len() < 2
        || name.len() > 32
        || !name.chars().all(fine)
        || !name.ends_with(|c: char| c.is_ascii_digit())
    {
        return Err(errors::invalid_field(
            "region",
            name,
            "lower-case words and a number, such as us-east-1",
        ));
    }
    Ok(())
}

pub(super) fn account(account: &AccountId) -> Result<(), ServiceError> {
    let text = account.as_str();
    if text.len() != 12 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(errors::invalid_field("accounts", text, "an account id has twelve digits"));
    }
    Ok(())
}

pub(super) fn public_addresses(net: &Ipv4Net) -> Result<(), ServiceError> {
    if net.prefix_len() > 28 || net.addr() != net.network() {
        return Err(errors::invalid_field(
            "publicAddresses",
            &net.to_string(),
            "a network of at least 16 addresses",
        ));
    }
    Ok(())
}
