//! The steps of a delivery, which the leading server takes. Not AWS actions.

use crate::event::{TrailEvent, id_at};
use crate::trail::{Batch, Delivery, Trail};
use controlplane_services_kernel::{Context, Operation, Record, ServiceError};
use controlplane_types::{AccountId, Key, RegionName, Scope};
use serde::{Deserialize, Serialize};

/// Events that one batch looks at: an object of some megabytes before it is compressed.
const MOST_EVENTS: usize = 1_000;
/// What is kept of what the store says.
const ERROR_MAX: usize = 512;

/// Which trail, and which of its regions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// Whose it is.
    pub account: AccountId,
    /// Where it was created.
    pub home: RegionName,
    /// Its name.
    pub trail: String,
    /// Where the events are.
    pub region: RegionName,
}

impl Place {
    /// The trail's record.
    pub fn trail_key(&self) -> Key {
        Key::new(&self.account, &Scope::from(&self.home), Trail::KIND, &self.trail)
    }

    /// How far it is.
    pub fn delivery_key(&self) -> Key {
        Delivery::key(&self.account, &self.home, &self.trail, &self.region)
    }
}

/// Opens the next batch of a trail in a region, unless one is open or there is nothing.
pub struct OpenDelivery;

/// Request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OpenDeliveryInput {
    /// Of which.
    pub place: Place,
}

impl Operation for OpenDelivery {
    const NAME: &'static str = "OpenDelivery";
    type Input = OpenDeliveryInput;
    type Output = ();

    fn run(input: &OpenDeliveryInput, cx: &mut Context) -> Result<(), ServiceError> {
        let place = &input.place;
        let Some(trail) = cx.view.get::<Trail>(&place.trail_key()).cloned() else { return Ok(()) };
        let before = cx.view.get::<Delivery>(&place.delivery_key()).cloned();
        let cursor = Delivery::cursor_of(&trail, before.as_ref(), &place.home, &place.region);
        let (Some(cursor), None) = (cursor, before.as_ref().and_then(|before| before.open.as_ref())) else {
            return Ok(());
        };
        // What is written from now on has this id or a later one.
        let now = id_at(cx.now);
        let scope = Scope::from(&place.region);
        let mut events = cx
            .view
            .list_from::<TrailEvent>(&place.account, &scope, &cursor)
            .take_while(|event| event.key.id() < now.as_str());
        let (mut seen, mut wanted) = (0, false);
        for event in events.by_ref().take(MOST_EVENTS) {
            seen += 1;
            wanted |= trail.wants(event.record);
        }
        let end = events.next().map_or_else(|| now.clone(), |event| event.key.id().to_owned());
        drop(events);
        if seen == 0 {
            return Ok(());
        }
        let delivery = Delivery { cursor, ..before.unwrap_or_default() };
        let delivery = match wanted {
            true => {
                let unique = cx.random().capitals(16);
                Delivery { open: Some(Batch { end, unique, at: cx.now }), ..delivery }
            }
            false => Delivery { cursor: end, ..delivery },
        };
        cx.put_at(place.delivery_key(), delivery);
        Ok(())
    }
}

/// The object of a batch is in its bucket.
pub struct CloseDelivery;

/// Request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CloseDeliveryInput {
    /// Of which trail.
    pub place: Place,
    /// Of which batch.
    pub unique: String,
}

impl Operation for CloseDelivery {
    const NAME: &'static str = "CloseDelivery";
    type Input = CloseDeliveryInput;
    type Output = ();

    fn run(input: &CloseDeliveryInput, cx: &mut Context) -> Result<(), ServiceError> {
        let Some((_, batch)) = open(&input.place, &input.unique, cx) else { return Ok(()) };
        let now = Some(cx.now);
        let delivery =
            Delivery { cursor: batch.end, open: None, delivered_at: now, attempted_at: now, error: None };
        cx.put_at(input.place.delivery_key(), delivery);
        Ok(())
    }
}

/// The store did not take the object of a batch. It is to be tried again.
pub struct FailDelivery;

/// Request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FailDeliveryInput {
    /// Of which trail.
    pub place: Place,
    /// Of which batch.
    pub unique: String,
    /// What the store said.
    pub error: String,
}

impl Operation for FailDelivery {
    const NAME: &'static str = "FailDelivery";
    type Input = FailDeliveryInput;
    type Output = ();

    fn run(input: &FailDeliveryInput, cx: &mut Context) -> Result<(), ServiceError> {
        let Some((delivery, _)) = open(&input.place, &input.unique, cx) else { return Ok(()) };
        let error = input.error.chars().take(ERROR_MAX).collect();
        let delivery = Delivery { attempted_at: Some(cx.now), error: Some(error), ..delivery };
        cx.put_at(input.place.delivery_key(), delivery);
        Ok(())
    }
}

/// The batch that is on its way, if it is still that one: whoever led before may have been quicker, or the trail is gone.
fn open(place: &Place, unique: &str, cx: &Context) -> Option<(Delivery, Batch)> {
    cx.view.get::<Trail>(&place.trail_key())?;
    let delivery = cx.view.get::<Delivery>(&place.delivery_key())?.clone();
    let batch = delivery.open.clone().filter(|batch| batch.unique == unique)?;
    Some((delivery, batch))
}
