//! The record.

use crate::event::TrailEvent;
use controlplane_services_kernel::{Record, View};
use controlplane_services_native::Region;
use controlplane_types::{AccountId, RegionName, Timestamp};
use controlplane_wire::model;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A trail. Id: its name; it lives in the region it was created in.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Trail {
    /// In the store the servers are told of.
    #[n(0)]
    pub bucket: String,
    /// What keys begin with.
    #[n(1)]
    pub prefix: Option<String>,
    /// Whether what is of no region (users, hosted zones) is delivered.
    #[n(2)]
    pub global_events: bool,
    /// Since when it acts in every region; `None`: only in its own.
    #[n(3)]
    pub everywhere_since: Option<Timestamp>,
    /// Which events it wants; any of them.
    #[n(4)]
    pub selectors: Vec<ReadWrite>,
    /// Somebody said so.
    #[n(5)]
    pub has_own_selectors: bool,
    /// Tags.
    #[n(6)]
    pub tags: BTreeMap<String, String>,
    /// When it logged, in order; those that are delivered in full are forgotten. The last one may go on.
    #[n(7)]
    pub spans: Vec<Span>,
    /// When it was last told to log.
    #[n(8)]
    pub started_at: Option<Timestamp>,
    /// When it was last told to stop.
    #[n(9)]
    pub stopped_at: Option<Timestamp>,
}

/// A time in which a trail logged, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Span {
    /// From when.
    #[n(0)]
    pub from: Timestamp,
    /// Until when; `None`: it goes on.
    #[n(1)]
    pub until: Option<Timestamp>,
}

/// Which events are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Encode, Decode, Serialize, Deserialize)]
pub enum ReadWrite {
    /// All of them.
    #[n(0)]
    #[default]
    All,
    /// Of calls that only read.
    #[n(1)]
    ReadOnly,
    /// Of calls that would change something.
    #[n(2)]
    WriteOnly,
}

impl Record for Trail {
    const KIND: &'static str = "trail";
}

impl Trail {
    /// Its ARN.
    pub(crate) fn arn(name: &str, account: &AccountId, region: &RegionName) -> String {
        format!("arn:aws:cloudtrail:{region}:{account}:trail/{name}")
    }

    /// Whether it is logging now.
    pub fn is_logging(&self) -> bool {
        self.spans.last().is_some_and(|span| span.until.is_none())
    }

    /// Where a trail of region `home` delivers from.
    pub fn regions(&self, home: &RegionName, view: &View) -> Vec<RegionName> {
        match self.everywhere_since {
            Some(_) => Region::all(view).into_iter().map(|region| region.name.clone()).collect(),
            None => vec![home.clone()],
        }
    }

    /// Events before this are none of its business in `region`; `None`: it never logged.
    pub(crate) fn begins(&self, home: &RegionName, region: &RegionName) -> Option<Timestamp> {
        let first = self.spans.first()?.from;
        Some(match self.everywhere_since {
            Some(since) if region != home => first.max(since),
            _ => first,
        })
    }

    /// Whether it delivers an event.
    pub(crate) fn wants(&self, event: &TrailEvent) -> bool {
        let logged = |span: &Span| span.from <= event.at && span.until.is_none_or(|until| event.at <= until);
        self.spans.iter().any(logged)
            && self.selectors.iter().any(|selector| selector.selects(event))
            && (self.global_events || model::by_name(&event.service).is_none_or(model::Service::has_regions))
    }
}

impl ReadWrite {
    fn selects(self, event: &TrailEvent) -> bool {
        match self {
            Self::All => true,
            Self::ReadOnly => event.is_read_only,
            Self::WriteOnly => !event.is_read_only,
        }
    }
}
