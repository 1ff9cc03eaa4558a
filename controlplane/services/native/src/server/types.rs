use controlplane_services_kernel::context::SYSTEM_ACCOUNT;
use controlplane_services_kernel::{Record, Stored, View};
use controlplane_types::{Key, RegionName, Scope, Timestamp};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

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
    /// Since when it belongs to the log; absent until it has run for the first time.
    #[n(5)]
    pub entered: Option<Entered>,
    /// By how many milliseconds its clock was ahead of the others' (or behind, when negative) when that was noticed;
    /// absent while it is right.
    #[n(6)]
    pub clock_off_ms: Option<i64>,
    /// It counts for majorities and is not being removed: never true of a server whose vote is gone, which is why a vote is
    /// taken off the records before it is taken out of the log.
    #[cbor(n(7), default)]
    pub votes: bool,
}

/// Where in which log a server became a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
pub struct Entered {
    /// The cluster's name, which a restore and a recovery change.
    #[n(0)]
    pub cluster: String,
    /// Index of a membership of that cluster that has it.
    #[n(1)]
    pub index: u64,
}

/// The members of the log at one moment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Membership {
    /// When, and in which log.
    pub at: Entered,
    /// Numbers.
    pub members: BTreeSet<u64>,
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

    /// The same server at these addresses, a member since `entered` unless it was one of that cluster before.
    pub(super) fn entered_at(self, grpc_address: &str, aws_address: &str, entered: &Entered) -> Self {
        let known = self.entered.clone().filter(|known| known.cluster == entered.cluster);
        Self {
            grpc_address: grpc_address.to_owned(),
            aws_address: aws_address.to_owned(),
            entered: Some(known.unwrap_or_else(|| entered.clone())),
            ..self
        }
    }

    /// Whether `number` was given to a server and taken back. Numbers are not given twice, so this is for ever.
    pub fn is_removed(view: &View, region: &RegionName, number: u64) -> bool {
        let last = view.get::<Numbering>(&Numbering::key(region)).map_or(0, |numbering| numbering.last);
        number <= last && view.get::<Self>(&Self::key(region, number)).is_none()
    }

    /// Numbers of the servers that vote.
    pub fn voting(view: &View) -> BTreeSet<u64> {
        view.all::<Self>().filter(|server| server.votes).map(|server| server.number).collect()
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

impl Membership {
    /// Whether `server` was a member and is none any more, however that came: by a removal whose end nobody saw, by a
    /// recovery, by a restore. A membership older than its entry says nothing about it.
    pub fn lacks(&self, server: &Server) -> bool {
        let known = server
            .entered
            .as_ref()
            .is_some_and(|entered| entered.cluster != self.at.cluster || entered.index <= self.at.index);
        known && !self.members.contains(&server.number)
    }
}
