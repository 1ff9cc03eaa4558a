//! One delivered object: its key in the bucket and the events in it.

use super::Place;
use super::{Delivery, Trail};
use crate::event::TrailEvent;
use controlplane_services_kernel::View;
use controlplane_types::{Scope, Timestamp};
use serde_json::{Value, json};

/// An object that is to be put into a bucket.
#[derive(Clone, Debug, PartialEq)]
pub struct DeliveredObject {
    /// In the cluster's store.
    pub bucket: String,
    /// `PREFIX/AWSLogs/ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/ACCOUNT_CloudTrail_REGION_TIME_UNIQUE.json.gz`
    pub key: String,
    /// `{"Records": [...]}`, before it is compressed.
    pub document: Value,
}

impl DeliveredObject {
    /// The object of the open batch of a trail in a region; `None` when there is none.
    pub fn of(place: &Place, view: &View) -> Option<Self> {
        let trail = view.get::<Trail>(&place.trail_key())?;
        let delivery = view.get::<Delivery>(&place.delivery_key())?;
        let batch = delivery.open.as_ref()?;
        let (account, region) = (&place.account, &place.region);
        let events = view.list_from::<TrailEvent>(account, &Scope::from(region), &delivery.cursor);
        let events = events.take_while(|event| event.key.id() < batch.end.as_str());
        let wanted = events.filter(|event| trail.wants(event.record));
        let records: Vec<Value> =
            wanted.map(|event| event.document(event.key.id(), account, region)).collect();
        Some(Self {
            bucket: trail.bucket.clone(),
            key: key(place, trail.prefix.as_deref(), batch.at, &batch.unique),
            document: json!({"Records": records}),
        })
    }
}

fn key(place: &Place, prefix: Option<&str>, at: Timestamp, unique: &str) -> String {
    let (account, region) = (&place.account, &place.region);
    // `2026-11-22T03:04:05.678Z`
    let time = at.to_iso8601();
    let part = |range: std::ops::Range<usize>| time.get(range).unwrap_or_default();
    let (year, month, day, hour, minute) = (part(0..4), part(5..7), part(8..10), part(11..13), part(14..16));
    let prefix = prefix.map(|prefix| format!("{prefix}/")).unwrap_or_default();
    format!(
        "{prefix}AWSLogs/{account}/CloudTrail/{region}/{year}/{month}/{day}/\
         {account}_CloudTrail_{region}_{year}{month}{day}T{hour}{minute}Z_{unique}.json.gz"
    )
}
