use crate::errors::{self, Noun};
use crate::resource::Resource;
use controlplane_services_kernel::{Reader, Record, Stored};
use ipnet::IpNet;
use minicbor::{Decode, Encode};
use std::fmt;
use std::str::FromStr;

/// How many versions of a list are kept: AWS names no number, and a list that changes every minute must not fill the disk.
pub const KEPT_VERSIONS: u64 = 100;

/// A prefix list. Id: `pl-...`.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct PrefixList {
    /// For people; several lists may have the same.
    #[n(0)]
    pub name: String,
    /// Which addresses it holds.
    #[n(1)]
    pub family: Family,
    /// How many entries it has room for.
    #[n(2)]
    pub max_entries: u32,
    /// Number of the current version.
    #[n(3)]
    pub version: u64,
    /// What was done to it last.
    #[n(4)]
    pub state: State,
}

/// The entries of a list at one version. Id: `pl-.../<number, ten digits>`. Never changes.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct PrefixListVersion {
    /// In the order of their blocks, each block once.
    #[n(0)]
    pub entries: Vec<Entry>,
}

/// One block.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct Entry {
    /// In canonical form.
    #[cbor(n(0), with = "controlplane_types::cbor::text")]
    pub cidr: IpNet,
    /// Free text.
    #[n(1)]
    pub description: Option<String>,
}

/// Which addresses a list holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Family {
    /// IPv4.
    #[n(0)]
    Ipv4,
    /// IPv6.
    #[n(1)]
    Ipv6,
}

impl Family {
    /// Whether a block is of this family.
    pub fn holds(self, cidr: &IpNet) -> bool {
        matches!((self, cidr), (Self::Ipv4, IpNet::V4(_)) | (Self::Ipv6, IpNet::V6(_)))
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ipv4 => "IPv4",
            Self::Ipv6 => "IPv6",
        })
    }
}

/// A text that names no family.
#[derive(Debug)]
pub struct NoFamily;

impl FromStr for Family {
    type Err = NoFamily;

    fn from_str(text: &str) -> Result<Self, NoFamily> {
        match text {
            "IPv4" => Ok(Self::Ipv4),
            "IPv6" => Ok(Self::Ipv6),
            _ => Err(NoFamily),
        }
    }
}

/// What was done to a list last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum State {
    /// It was made.
    #[n(0)]
    CreateComplete,
    /// Its entries, name or room were changed.
    #[n(1)]
    ModifyComplete,
    /// An older version's entries were taken up again.
    #[n(2)]
    RestoreComplete,
}

impl State {
    /// AWS's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CreateComplete => "create-complete",
            Self::ModifyComplete => "modify-complete",
            Self::RestoreComplete => "restore-complete",
        }
    }
}

impl PrefixListVersion {
    /// The id of a version.
    pub fn id(list: &str, number: u64) -> String {
        format!("{list}/{number:010}")
    }

    /// Every version of a list that is kept, in order.
    pub fn all<'r>(list: &str, cx: &'r Reader) -> impl Iterator<Item = Stored<'r, Self>> + use<'r> {
        let prefix = format!("{list}/");
        cx.list_from::<Self>(&prefix).take_while(move |version| version.key.id().starts_with(&prefix))
    }
}

impl Record for PrefixList {
    const KIND: &'static str = "prefix_list";
}

impl Record for PrefixListVersion {
    const KIND: &'static str = "prefix_list_version";
}

impl Resource for PrefixList {
    const NOUN: &'static Noun = &errors::PREFIX_LIST;
}
