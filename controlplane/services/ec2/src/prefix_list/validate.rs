//! Checks of names, sizes and entries.

use super::{Entry, Family};
use crate::errors;
use crate::vpc::{canonical_ipv4, canonical_ipv6};
use controlplane_services_kernel::ServiceError;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

const MAX_TEXT: usize = 255;
/// Names of AWS's own lists begin so.
const RESERVED: &str = "com.amazonaws";
/// The most entries a list has room for.
const MAX_ENTRIES: i32 = 1000;

/// An entry as a request gives it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct EntryRequest {
    pub(crate) cidr: String,
    pub(crate) description: Option<String>,
}

pub(super) fn name(name: &str) -> Result<(), ServiceError> {
    if name.is_empty() || name.len() > MAX_TEXT || name.starts_with(RESERVED) {
        return Err(errors::prefix_list_name(name));
    }
    Ok(())
}

pub(super) fn family(text: &str) -> Result<Family, ServiceError> {
    text.parse().map_err(|_| errors::prefix_list_family(text))
}

pub(super) fn max_entries(number: i32) -> Result<u32, ServiceError> {
    let room = u32::try_from(number).ok().filter(|_| (1..=MAX_ENTRIES).contains(&number));
    room.ok_or_else(|| errors::prefix_list_size(MAX_ENTRIES))
}

/// A block in canonical form, as in every other place bits behind the prefix are cleared.
pub(super) fn cidr(text: &str, family: Family) -> Result<IpNet, ServiceError> {
    match family {
        Family::Ipv4 => canonical_ipv4(text, "cidr").map(IpNet::V4),
        Family::Ipv6 => canonical_ipv6(text, "cidr").map(IpNet::V6),
    }
}

/// Entries in the order of their blocks, each block once. An empty description is none.
pub(super) fn entries(requests: &[EntryRequest], family: Family) -> Result<Vec<Entry>, ServiceError> {
    let mut entries = requests.iter().map(|request| entry(request, family)).collect::<Result<Vec<_>, _>>()?;
    entries.sort();
    if let Some(twice) = entries.windows(2).find(|pair| pair[0].cidr == pair[1].cidr) {
        return Err(errors::prefix_list_cidr_twice(twice[0].cidr));
    }
    Ok(entries)
}

fn entry(request: &EntryRequest, family: Family) -> Result<Entry, ServiceError> {
    let description = request.description.clone().filter(|text| !text.is_empty());
    if let Some(long) = description.as_ref().filter(|text| text.chars().count() > MAX_TEXT) {
        return Err(errors::prefix_list_description(long, MAX_TEXT));
    }
    Ok(Entry { cidr: cidr(&request.cidr, family)?, description })
}
