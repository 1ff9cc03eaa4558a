//! The first step of a delivery, which the leading server takes. Not an AWS action.

use crate::event::{TrailEvent, id_at};
use crate::trail::{Batch, Delivery, Place, Trail};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use controlplane_types::Scope;
use serde::{Deserialize, Serialize};

/// Events that one batch looks at: an object of some megabytes before it is compressed.
const MOST_EVENTS: usize = 1_000;

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
