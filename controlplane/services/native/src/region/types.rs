use crate::errors;
use controlplane_services_kernel::context::SYSTEM_ACCOUNT;
use controlplane_services_kernel::{Reader, Record, ServiceError, View};
use controlplane_types::id::ZoneName;
use controlplane_types::{AccountId, Key, RegionName, Scope};
use ipnet::Ipv4Net;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;

/// A region. Id: its name; owner: the system account.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Region {
    /// Such as `us-east-1`.
    #[n(0)]
    pub name: RegionName,
    /// In the order of their names.
    #[n(1)]
    pub zones: Vec<Zone>,
    /// What internet gateways translate to.
    #[cbor(n(2), with = "controlplane_types::cbor::text")]
    pub public_addresses: Ipv4Net,
    /// Accounts that live here, in order.
    #[n(3)]
    pub accounts: Vec<AccountId>,
    /// It came after the cluster's first one, the *home* region.
    #[cbor(n(4), default)]
    pub is_further: bool,
}

/// An availability zone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize)]
pub struct Zone {
    /// Such as `us-east-1a`.
    #[n(0)]
    pub name: ZoneName,
    /// Such as `use1-az1`.
    #[n(1)]
    pub id: String,
}

impl Record for Region {
    const KIND: &'static str = "region";
}

impl Region {
    /// 198.18.0.0/16.
    pub const DEFAULT_PUBLIC_ADDRESSES: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(198, 18, 0, 0), 16);

    /// Where the record of region `name` lives.
    pub fn key(name: &RegionName) -> Key {
        Key::new(&SYSTEM_ACCOUNT.into(), &Scope::from(name), Self::KIND, name.as_str())
    }

    /// Every region of the cluster, the home region first, the others by name.
    pub fn all(view: &View) -> Vec<&Self> {
        let mut regions: Vec<&Self> = view.all::<Self>().map(|found| found.record).collect();
        regions.sort_by_key(|region| region.is_further);
        regions
    }

    /// The region with this name, if the cluster serves it.
    pub fn named<'v>(view: &'v View, name: &str) -> Option<&'v Self> {
        // A name from outside is no part of a key before it is known to be one.
        let is_name = name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        is_name.then(|| view.get(&Self::key(&name.into()))).flatten()
    }

    /// The caller's region.
    pub fn current(reader: &Reader) -> Result<&Self, ServiceError> {
        let name = &reader.caller.region;
        reader.view.get(&Self::key(name)).ok_or_else(|| errors::no_region(name))
    }

    /// The zone with this name.
    pub fn zone(&self, name: &str) -> Option<&Zone> {
        self.zones.iter().find(|zone| zone.name.as_str() == name)
    }

    /// The zone with this id.
    pub fn zone_by_id(&self, id: &str) -> Option<&Zone> {
        self.zones.iter().find(|zone| zone.id == id)
    }
}

impl Zone {
    /// The zone of `region` with a letter: name `us-east-1a`, id `use1-az1`.
    pub fn of(region: &RegionName, letter: char) -> Self {
        let number = u32::from(letter).saturating_sub(u32::from('a')) + 1;
        Self { name: format!("{region}{letter}").into(), id: format!("{}-az{number}", abbreviation(region)) }
    }
}

/// AWS's short form of a region: `ap-southeast-2` is `apse2`.
fn abbreviation(region: &RegionName) -> String {
    region
        .as_str()
        .split('-')
        .enumerate()
        .map(|(index, part)| if index == 0 { part } else { initials(part) })
        .collect()
}

fn initials(part: &str) -> &str {
    match part {
        "northeast" => "ne",
        "northwest" => "nw",
        "southeast" => "se",
        "southwest" => "sw",
        word if word.starts_with(|c: char| c.is_ascii_lowercase()) => &word[..1],
        other => other,
    }
}
