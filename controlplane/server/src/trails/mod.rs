//! Trails into buckets: the leading server puts what is due into the object store it was told of.
//!
//! Everything that has to survive is a record (`controlplane_services_cloudtrail::trail`): how far each trail is, and which batch is on its
//! way under which name. Here is only the walk: look which trails have something due, open a batch, put its object, close it. A new leader
//! takes the same walk and finds the batch that was on its way.
//!
//! A batch is due once its first event is as old as the interval, or when many wait. A store that does not answer is asked again after
//! ten seconds, then after twice as long, up to five minutes; each attempt is told of in the records, so `GetTrailStatus` knows.
//! Nothing is written while there is nothing to deliver.

mod backoff;

use crate::core::Core;
use crate::replica::Replica;
use crate::writer::{WriteError, Writer};
use backoff::Backoff;
use controlplane_raft::Leadership;
use controlplane_services_cloudtrail::event::TrailEvent;
use controlplane_services_cloudtrail::trail::{
    CloseDelivery, CloseDeliveryInput, DeliveredObject, Delivery, FailDelivery, FailDeliveryInput,
    OpenDelivery, OpenDeliveryInput, Place, SetTrailStore, SetTrailStoreInput, Trail, TrailStore,
};
use controlplane_services_kernel::{Caller, Operation, View};
use controlplane_types::object_store::{NewObject, ObjectStore};
use controlplane_types::{RegionName, Runtime, Scope, Timestamp};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Between two looks at what is due.
const LOOK: Duration = Duration::from_secs(5);
/// So many waiting events are due whatever their age.
const MANY: usize = 500;

/// Where trails deliver to, and how often.
#[derive(Clone)]
pub struct TrailSettings {
    /// The buckets.
    pub store: Arc<dyn ObjectStore>,
    /// How old an event gets before it is delivered.
    pub interval: Duration,
}

impl std::fmt::Debug for TrailSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { store, interval } = self;
        f.debug_struct("TrailSettings").field("store", &store.endpoint()).field("interval", interval).finish()
    }
}

/// Whoever delivers.
struct Deliverer {
    settings: Option<TrailSettings>,
    home: RegionName,
    leadership: watch::Receiver<Leadership>,
    replica: Replica,
    writer: Writer,
    runtime: Arc<dyn Runtime>,
}

/// Delivers while this member leads; without settings, sees to it that no trail can be made.
pub fn start(core: &Core, settings: Option<TrailSettings>) {
    let deliverer = Deliverer {
        settings,
        home: core.first_start.region.clone(),
        leadership: core.node.leadership(),
        replica: core.replica.clone(),
        writer: core.writer.clone(),
        runtime: core.runtime.clone(),
    };
    core.runtime.spawn("trails", Box::pin(deliverer.keep()));
}

impl Deliverer {
    async fn keep(self) {
        let mut leadership = self.leadership.clone();
        loop {
            let current = *leadership.borrow_and_update();
            let delivering = async {
                match current {
                    Leadership::Leader { .. } => self.deliver_all().await,
                    _ => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                changed = leadership.changed() => if changed.is_err() { return },
                () = delivering => {}
            }
        }
    }

    /// One leadership.
    async fn deliver_all(&self) {
        self.say_where_buckets_are().await;
        let Some(settings) = &self.settings else { return std::future::pending().await };
        let mut backoff = Backoff::default();
        loop {
            let now = self.runtime.now();
            let due = due(&self.replica.applied().view, now, settings.interval);
            backoff.retain(&due);
            for place in due {
                if backoff.is_waiting(&place, self.runtime.monotonic()) {
                    continue;
                }
                match self.deliver(&place, settings).await {
                    Ok(true) => backoff.succeeded(&place),
                    Ok(false) => backoff.failed(place, self.runtime.monotonic()),
                    Err(error) => {
                        tracing::warn!(trail = place.trail, %error, "a delivery was not written down")
                    }
                }
            }
            self.runtime.sleep(LOOK).await;
        }
    }

    /// Whoever leads knows whether there is a store; it is a record so that `CreateTrail` knows too.
    async fn say_where_buckets_are(&self) {
        let endpoint = self.settings.as_ref().map(|settings| settings.store.endpoint());
        loop {
            let view = self.replica.applied().view;
            let known = view.get::<TrailStore>(&TrailStore::key()).map(|store| store.endpoint.clone());
            if known == endpoint {
                return;
            }
            let input = SetTrailStoreInput { endpoint: endpoint.clone() };
            match self.write::<SetTrailStore>(self.home.clone(), input).await {
                Ok(()) | Err(WriteError::Stopped) => return,
                Err(error) => tracing::warn!(%error, "the object store is not written down"),
            }
            self.runtime.sleep(LOOK).await;
        }
    }

    /// One batch of one trail; whether the store took it. The error is of the records.
    async fn deliver(&self, place: &Place, settings: &TrailSettings) -> Result<bool, WriteError> {
        self.write::<OpenDelivery>(place.home.clone(), OpenDeliveryInput { place: place.clone() }).await?;
        let view = self.replica.applied().view;
        let Some(batch) = view.get::<Delivery>(&place.delivery_key()).and_then(|it| it.open.clone()) else {
            return Ok(true);
        };
        let Some(object) = DeliveredObject::of(place, &view) else { return Ok(true) };
        let unique = batch.unique;
        match settings.store.put(self.packed(object)).await {
            Ok(()) => {
                let input = CloseDeliveryInput { place: place.clone(), unique };
                self.write::<CloseDelivery>(place.home.clone(), input).await.map(|()| true)
            }
            Err(error) => {
                tracing::warn!(trail = place.trail, %error, "a trail's events cannot be delivered");
                let input = FailDeliveryInput { place: place.clone(), unique, error: error.to_string() };
                self.write::<FailDelivery>(place.home.clone(), input).await.map(|()| false)
            }
        }
    }

    fn packed(&self, object: DeliveredObject) -> NewObject {
        let mut body = Vec::new();
        self.runtime.compute(&mut || body = gzip(object.document.to_string().as_bytes()));
        NewObject {
            bucket: object.bucket,
            key: object.key,
            body,
            content_type: "application/json",
            content_encoding: "gzip",
        }
    }

    async fn write<O: Operation<Output = ()>>(
        &self,
        region: RegionName,
        input: O::Input,
    ) -> Result<(), WriteError> {
        self.writer.run(Caller::system(region), move |cx| O::run(&input, cx)).await
    }
}

/// The same bytes for the same events, whoever packs them and when.
fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    // Writing to memory does not fail.
    let _ = encoder.write_all(text);
    encoder.finish().unwrap_or_default()
}

/// Trails, each with a region, that have a batch on its way or enough for one.
fn due(view: &View, now: Timestamp, interval: Duration) -> Vec<Place> {
    let mut due = Vec::new();
    for trail in view.all::<Trail>() {
        let Scope::Region(home) = trail.key.scope() else { continue };
        for region in trail.regions(&home, view) {
            let place = Place {
                account: trail.key.account(),
                home: home.clone(),
                trail: trail.key.id().to_owned(),
                region,
            };
            if is_due(&place, trail.record, view, now, interval) {
                due.push(place);
            }
        }
    }
    due
}

fn is_due(place: &Place, trail: &Trail, view: &View, now: Timestamp, interval: Duration) -> bool {
    let delivery = view.get::<Delivery>(&place.delivery_key());
    if delivery.is_some_and(|delivery| delivery.open.is_some()) {
        return true;
    }
    let Some(cursor) = Delivery::cursor_of(trail, delivery, &place.home, &place.region) else { return false };
    let scope = Scope::from(&place.region);
    let logged = |at: Timestamp| trail.is_logging() || trail.stopped_at.is_some_and(|stopped| at <= stopped);
    let waiting = view.list_from::<TrailEvent>(&place.account, &scope, &cursor);
    let mut waiting = waiting.take_while(|event| logged(event.at));
    let Some(first) = waiting.next() else { return false };
    first.at + interval <= now || waiting.nth(MANY).is_some()
}
