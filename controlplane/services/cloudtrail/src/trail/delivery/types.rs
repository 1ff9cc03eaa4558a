use crate::trail::Trail;
use controlplane_services_kernel::{Record, View};
use controlplane_types::{AccountId, Key, RegionName, Scope, Timestamp};
use minicbor::{Decode, Encode};

/// How far a trail has got in a region. Id: `TRAIL/REGION`; it lies beside the trail.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
pub struct Delivery {
    /// Events whose ids are before it are delivered or not wanted.
    #[n(0)]
    pub cursor: String,
    /// What is on its way.
    #[n(1)]
    pub open: Option<Batch>,
    /// When an object last arrived.
    #[n(2)]
    pub delivered_at: Option<Timestamp>,
    /// When that was last tried.
    #[n(3)]
    pub attempted_at: Option<Timestamp>,
    /// What the store said, if it was no good.
    #[n(4)]
    pub error: Option<String>,
}

/// Events that become one object.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Batch {
    /// The ids of all of them are before it.
    #[n(0)]
    pub end: String,
    /// What makes the object's name one of its own.
    #[n(1)]
    pub unique: String,
    /// When it was opened, which is in the object's name.
    #[n(2)]
    pub at: Timestamp,
}

impl Record for Delivery {
    const KIND: &'static str = "trail_delivery";
}

impl Delivery {
    /// Where the record lives.
    pub fn key(account: &AccountId, home: &RegionName, trail: &str, region: &RegionName) -> Key {
        Key::new(account, &Scope::from(home), Self::KIND, &format!("{trail}/{region}"))
    }

    /// Those of a trail, one for each region something was delivered from.
    pub(in crate::trail) fn of_trail<'v>(
        view: &'v View,
        account: &AccountId,
        home: &RegionName,
        trail: &str,
    ) -> impl Iterator<Item = (Key, &'v Self)> {
        let prefix = format!("{trail}/");
        let from = view.list_from::<Self>(account, &Scope::from(home), &prefix);
        from.take_while(move |found| found.key.id().starts_with(&prefix))
            .map(|found| (found.key.clone(), found.record))
    }

    /// Where `trail` goes on in `region`; `None`: it never logged there.
    pub fn cursor_of(
        trail: &Trail,
        before: Option<&Self>,
        home: &RegionName,
        region: &RegionName,
    ) -> Option<String> {
        let begins = crate::event::id_at(trail.begins(home, region)?);
        Some(before.map_or(begins.clone(), |before| before.cursor.clone().max(begins)))
    }
}
