use controlplane_services_kernel::context::SYSTEM_ACCOUNT;
use controlplane_services_kernel::{Record, Stored, View};
use controlplane_types::{Key, RegionName, Scope, Timestamp};
use minicbor::{Decode, Encode};

/// A server. Id: its number; owner: the system account.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Server {
    /// The number Raft knows it by.
    #[n(0)]
    pub number: u64,
    /// What people call it.
    #[n(1)]
    pub name: String,
    /// Its gRPC port, as others reach it.
    #[n(2)]
    pub grpc_address: String,
    /// Its AWS port, as clients reach it.
    #[n(3)]
    pub aws_address: String,
    /// When it was first let in.
    #[n(4)]
    pub joined_at: Timestamp,
}

/// The last number given. Id: `last`; owner: the system account.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
pub struct Numbering {
    /// The next one is greater.
    #[n(0)]
    pub last: u64,
}

impl Record for Server {
    const KIND: &'static str = "server";
}

impl Record for Numbering {
    const KIND: &'static str = "server_numbering";
}

impl Server {
    /// Where the record of a server lives.
    pub fn key(region: &RegionName, number: u64) -> Key {
        Key::new(&SYSTEM_ACCOUNT.into(), &Scope::from(region), Self::KIND, &Self::id(number))
    }

    /// Every server of a region, ordered by number.
    pub fn all<'v>(view: &'v View, region: &RegionName) -> impl Iterator<Item = Stored<'v, Self>> + use<'v> {
        let mut all: Vec<_> = view.list::<Self>(&SYSTEM_ACCOUNT.into(), &Scope::from(region)).collect();
        all.sort_by_key(|server| server.number);
        all.into_iter()
    }

    /// The number as an id.
    pub fn id(number: u64) -> String {
        number.to_string()
    }
}

impl Numbering {
    /// Where the one record lives.
    pub fn key(region: &RegionName) -> Key {
        Key::new(&SYSTEM_ACCOUNT.into(), &Scope::from(region), Self::KIND, "last")
    }
}
