//! Someone who watches the tags of one resource on one server: reads, then goes on from the revision of what was read, or
//! from the last one that another server gave.

use super::stage::Stage;
use controlplane_raft::NodeId;
use controlplane_server::core::Core;
use controlplane_server::watch::{Event, Selector, Watched};
use controlplane_services_ec2::tag::{ResourceTags, Tags};
use controlplane_services_ec2::vpc::Vpc;
use controlplane_services_kernel::{Record, StoredRecord, View};
use controlplane_types::{Key, Revision, Runtime};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What a watcher has.
#[derive(Clone, Debug, Default)]
pub(super) struct Held {
    /// The revision it began at.
    pub(super) began: Option<Revision>,
    /// The newest revision it was given.
    pub(super) revision: Revision,
    /// The tags as of that.
    pub(super) tags: Option<Tags>,
    /// Each change since, with the tags after it; `None` when they were gone.
    pub(super) changes: Vec<(Revision, Option<Tags>)>,
    /// How often it had to read again.
    pub(super) resyncs: usize,
}

/// A watcher, until its server dies.
#[derive(Clone)]
pub(super) struct Watcher(Arc<Mutex<Held>>);

impl Watcher {
    /// Begins on server `id` with what comes after revision `after`, which may be one of another server's or one that is
    /// still to come; 0 for "from now on".
    pub(super) fn start(stage: &Stage, id: NodeId, after: Revision) -> Self {
        let watcher = Self(Arc::default());
        let machine = stage.region.servers.machine(id).expect("the server runs");
        let task = watcher.clone().follow(stage.core(id), after);
        machine.spawn("watcher", Box::pin(task));
        watcher
    }

    pub(super) fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn follow(self, core: Core, after: Revision) {
        let view = loop {
            if let Ok(reader) = core.reads.reader(core.first_start.root()).await {
                break reader.view;
            }
            core.runtime.sleep(Duration::from_millis(50)).await;
        };
        self.read(&view);
        let mut from = if after == 0 { view.revision() } else { after };
        if core.replica.wait_revision(from).await.is_none() {
            return;
        }
        self.held().revision = from;
        self.held().began = Some(from);
        while let Some(selector) = selector(&view) {
            if let Ok(watcher) = core.replica.watch(selector, from)
                && self.until_lost(watcher).await == Ended::Closed
            {
                return;
            }
            let view = core.replica.applied().view;
            self.held().resyncs += 1;
            self.read(&view);
            from = view.revision();
        }
    }

    async fn until_lost(&self, mut watcher: controlplane_server::watch::Watcher) -> Ended {
        loop {
            match watcher.next().await {
                Watched::Event(event) => self.take(&event),
                Watched::Resync => return Ended::Lost,
                Watched::Closed => return Ended::Closed,
            }
        }
    }

    fn take(&self, event: &Event) {
        let mut held = self.held();
        held.revision = event.revision;
        for changed in &event.changes {
            let after = changed.after.as_ref().and_then(StoredRecord::downcast::<ResourceTags>);
            held.tags = after.map(|found| found.tags.clone());
            let tags = held.tags.clone();
            held.changes.push((event.revision, tags));
        }
    }

    fn read(&self, view: &View) {
        let mut held = self.held();
        held.revision = view.revision();
        held.tags = tags(view);
    }
}

/// Why a watch ended.
#[derive(PartialEq, Eq)]
enum Ended {
    /// It has to read again.
    Lost,
    /// The server stops.
    Closed,
}

/// Names the tags of the one resource that has registers.
fn selector(view: &View) -> Option<Selector> {
    let vpc = view.all::<Vpc>().find(|found| !found.is_default)?;
    Some(Selector::Key(Key::new(&vpc.key.account(), &vpc.key.scope(), ResourceTags::KIND, vpc.key.id())))
}

/// The tags of the one resource that has registers.
pub(super) fn tags(view: &View) -> Option<Tags> {
    view.all::<ResourceTags>().map(|found| found.tags.clone()).next()
}
