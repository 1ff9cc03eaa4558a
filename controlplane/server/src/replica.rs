//! This member's applied records, as a view that readers take without waiting and that moves with the log.
//!
//! The log carries bytes; here they become records again, except for batches that were decided on this member: their records
//! are there already ([`decided`]). The view's
//! revision is a record of its own (`REVISION_KEY`), written by every batch: unlike a log index the writer knows it
//! before the batch is committed, so speculative and applied views agree on which revision wrote a record.
//!
//! There are two ways to follow it. Whoever works for the whole region (controllers, sessions of agents) takes a [`Follower`]:
//! every commit, with the records before and after it. Whoever serves clients takes a [`Watcher`]: the commits that
//! concern some keys, from any revision in the history.

mod decided;

pub(crate) use decided::{Decided, Made};

use crate::loading::Loading;
use crate::watch::{Changed, Event as CommitEvent, Hub, Limits, Selector, WatchError, Watcher};
use controlplane_raft::{Batch, BatchId, Change, Event, Outcome, RaftNode, StoreError, Subscription};
use controlplane_services_kernel::{KindEntry, Service, StoredRecord, View};
use controlplane_types::{Key, Revision, Runtime, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::{broadcast, mpsc, oneshot, watch};

/// Where the revision is kept. Its four parts put it among the reserved records of the cluster.
pub const REVISION_KEY: &str = "hearth/global/cluster/revision";

/// Commits a slow listener may be behind before it has to resync.
const COMMITS_KEPT: usize = 1024;

/// All records after some batch.
#[derive(Clone)]
pub struct Applied {
    /// The records.
    pub view: View,
    /// Log index of the newest entry in them.
    pub index: u64,
    /// The batch the next one has to name as its predecessor.
    pub last: BatchId,
    /// The newest batch's time.
    pub now: Timestamp,
}

/// One applied batch, for those who follow changes.
pub struct Commit {
    /// Records before it.
    pub before: View,
    /// Records after it.
    pub after: View,
    /// What it changed.
    pub event: Arc<CommitEvent>,
}

impl Commit {
    /// The keys it touched.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.event.changes.iter().map(|changed| &changed.key)
    }
}

/// What a follower of commits gets.
#[derive(Clone)]
pub enum Followed {
    /// The next commit.
    Commit(Arc<Commit>),
    /// Too far behind, or a snapshot came: read everything again.
    Resync,
    /// The server is stopping.
    Closed,
}

/// Reads commits in order.
pub struct Follower(broadcast::Receiver<Followed>);

impl Follower {
    /// The next commit.
    pub async fn next(&mut self) -> Followed {
        match self.0.recv().await {
            Ok(followed) => followed,
            Err(broadcast::error::RecvError::Lagged(_)) => Followed::Resync,
            Err(broadcast::error::RecvError::Closed) => Followed::Closed,
        }
    }

    /// The next commit if it is there already.
    pub fn try_next(&mut self) -> Option<Followed> {
        match self.0.try_recv() {
            Ok(followed) => Some(followed),
            Err(broadcast::error::TryRecvError::Lagged(_)) => Some(Followed::Resync),
            Err(broadcast::error::TryRecvError::Closed) => Some(Followed::Closed),
            Err(broadcast::error::TryRecvError::Empty) => None,
        }
    }
}

/// The records of this member.
#[derive(Clone)]
pub struct Replica {
    node: RaftNode,
    applied: watch::Receiver<Applied>,
    commits: broadcast::Sender<Followed>,
    catch_up: mpsc::Sender<CatchUp>,
    hub: Arc<Hub>,
    decided: Arc<Decided>,
}

/// Asks the follower of the log to take in whatever is applied already; answered with the view that holds it.
type CatchUp = (u64, oneshot::Sender<Applied>);

impl Replica {
    /// Loads the store and follows the log.
    pub async fn start(
        node: &RaftNode,
        services: &'static [&'static Service],
        runtime: &Arc<dyn Runtime>,
    ) -> Result<Self, StoreError> {
        let kinds = Kinds::of(services);
        let subscription = node.subscribe();
        let loaded = kinds.load(node, kinds.empty()).await?;
        let hub = Hub::new(Limits::default(), loaded.view.revision());
        let (published, applied) = watch::channel(loaded);
        let (commits, _) = broadcast::channel(COMMITS_KEPT);
        let (catch_up, requests) = mpsc::channel(COMMITS_KEPT);
        let decided = Arc::<Decided>::default();
        let following = Following {
            node: node.clone(),
            kinds,
            published,
            commits: commits.clone(),
            hub: hub.clone(),
            decided: decided.clone(),
        };
        runtime.spawn("replica", Box::pin(following.run(subscription, requests)));
        Ok(Self { node: node.clone(), applied, commits, catch_up, hub, decided })
    }

    /// What the writer makes of batches before they come back.
    pub(crate) fn decided(&self) -> &Decided {
        &self.decided
    }

    /// The newest applied records.
    pub fn applied(&self) -> Applied {
        self.applied.borrow().clone()
    }

    /// The records once log entry `index` is in them; `None` when the server stops first. Entries without a batch (a
    /// leader's first) make no event, so their place in the view is asked for, not waited for.
    pub async fn wait_index(&self, index: u64) -> Option<Applied> {
        self.node.wait_applied(index).await.ok()?;
        let now = self.applied();
        if now.index >= index {
            return Some(now);
        }
        let (reply, answer) = oneshot::channel();
        self.catch_up.send((index, reply)).await.ok()?;
        answer.await.ok()
    }

    /// The records once they have reached `revision`; `None` when the server stops first.
    pub async fn wait_revision(&self, revision: Revision) -> Option<Applied> {
        let reached = |applied: &Applied| applied.view.revision() >= revision;
        self.applied.clone().wait_for(reached).await.ok().map(|applied| applied.clone())
    }

    /// Commits from now on. Take it before reading [`Replica::applied`], so that nothing falls between.
    pub fn follow(&self) -> Follower {
        Follower(self.commits.subscribe())
    }

    /// Every commit after revision `from` that touches what `selector` names. From now on: give the revision of
    /// [`Replica::applied`].
    pub fn watch(&self, selector: Selector, from: Revision) -> Result<Watcher, WatchError> {
        self.hub.watch(selector, from)
    }

    /// Every commit after revision `from`, oldest first.
    pub fn history_after(&self, from: Revision) -> Result<Vec<Arc<CommitEvent>>, WatchError> {
        self.hub.after(from)
    }

    /// The earliest revision a watch can begin at.
    pub fn history_since(&self) -> Revision {
        self.hub.since()
    }
}

/// The task that turns log entries into records.
struct Following {
    node: RaftNode,
    kinds: Kinds,
    published: watch::Sender<Applied>,
    commits: broadcast::Sender<Followed>,
    hub: Arc<Hub>,
    decided: Arc<Decided>,
}

impl Following {
    async fn run(self, subscription: Subscription, requests: mpsc::Receiver<CatchUp>) {
        self.follow(subscription, requests).await;
        self.hub.close();
        let _ = self.commits.send(Followed::Closed);
    }

    async fn follow(&self, mut subscription: Subscription, mut requests: mpsc::Receiver<CatchUp>) {
        loop {
            let step = tokio::select! {
                biased;
                event = subscription.next() => match event {
                    Some(event) => self.take(event).await,
                    None => return,
                },
                Some((index, reply)) = requests.recv() => self.catch_up(&mut subscription, index, reply).await,
            };
            if let Err(error) = step {
                tracing::error!(%error, "the state cannot be read again; this member stops following");
                return;
            }
        }
    }

    /// Whatever was applied up to `index` is in the subscription by now.
    async fn catch_up(
        &self,
        subscription: &mut Subscription,
        index: u64,
        reply: oneshot::Sender<Applied>,
    ) -> Result<(), StoreError> {
        while let Some(event) = subscription.try_next() {
            self.take(event).await?;
        }
        self.published.send_modify(|applied| applied.index = applied.index.max(index));
        // Whoever asked may have gone.
        let _ = reply.send(self.published.borrow().clone());
        Ok(())
    }

    async fn take(&self, event: Event) -> Result<(), StoreError> {
        match event {
            Event::Batch { index, .. } if index <= self.published.borrow().index => {}
            Event::Batch { index, outcome: Outcome::Refused, .. } => {
                self.published.send_modify(|applied| applied.index = index);
            }
            Event::Batch { index, batch, outcome: Outcome::Applied } => self.apply(index, &batch),
            Event::Reload { .. } => {
                let before = self.published.borrow().view.clone();
                let loaded = self.kinds.load(&self.node, before).await?;
                self.hub.reset(loaded.view.revision());
                self.published.send_replace(loaded);
                // Nobody listening is fine.
                let _ = self.commits.send(Followed::Resync);
            }
        }
        Ok(())
    }

    fn apply(&self, index: u64, batch: &Batch) {
        let mut next = self.published.borrow().clone();
        let before = next.view.clone();
        (next.index, next.last, next.now) = (index, batch.id(), batch.now);
        let changes = match self.decided.take(batch.id()) {
            Some(made) => {
                debug_assert!(self.kinds.read_back(&batch.changes), "a record is not what its bytes say");
                next.view = made.view;
                made.changes
            }
            None => self.kinds.apply(&mut next.view, &batch.changes),
        };
        let event = Arc::new(CommitEvent { revision: next.view.revision(), now: batch.now, changes });
        // In the history first: whoever reads the new revision may ask what comes after it.
        self.hub.publish(event.clone(), batch.bytes());
        let commit = Commit { before, after: next.view.clone(), event };
        self.published.send_replace(next);
        let _ = self.commits.send(Followed::Commit(Arc::new(commit)));
    }
}

/// How to read each kind of record.
#[derive(Clone)]
pub(crate) struct Kinds {
    services: &'static [&'static Service],
    decoders: BTreeMap<&'static str, &'static KindEntry>,
}

impl Kinds {
    pub(crate) fn of(services: &'static [&'static Service]) -> Self {
        let kinds = services.iter().flat_map(|service| service.kinds.iter());
        Self { services, decoders: kinds.map(|kind| (kind.name, kind)).collect() }
    }

    fn empty(&self) -> View {
        View::new(self.services.iter().flat_map(|service| service.kinds.iter()))
    }

    /// Reads the store; what `before` holds already is kept.
    async fn load(&self, node: &RaftNode, before: View) -> Result<Applied, StoreError> {
        let (standing, loading) = node.fold_state(Loading::new(self.clone(), before), Loading::take).await?;
        let view = loading.finish();
        Ok(Applied { view, index: standing.applied, last: standing.last, now: standing.now })
    }

    /// The kind of a key, if it is one of ours.
    pub(crate) fn entry(&self, key: &Key) -> Option<&'static KindEntry> {
        self.decoders.get(key.kind()).copied()
    }

    /// Every kind.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.decoders.keys().copied().collect()
    }

    fn apply(&self, view: &mut View, changes: &[Change]) -> Vec<Changed> {
        let next = changes
            .iter()
            .find(|change| change.key == REVISION_KEY)
            .and_then(|change| change.value.as_deref());
        let next = next.map_or(view.revision() + 1, revision);
        let changed = changes.iter().filter_map(|change| self.put(view, next, change)).collect();
        view.set_revision(next);
        changed
    }

    /// Whether other members read what this one wrote: the bytes of each record come back the same.
    fn read_back(&self, changes: &[Change]) -> bool {
        changes.iter().all(|change| match self.read(&change.key, change.value.as_deref()) {
            Some((_, Some(record))) => Some(record_bytes(&record)) == change.value,
            Some((_, None)) => change.value.is_none(),
            None => Key::parse(&change.key).is_none_or(|key| !self.decoders.contains_key(key.kind())),
        })
    }

    /// Puts one record into the view; what that changed, if it is one of ours.
    fn put(&self, view: &mut View, revision: Revision, change: &Change) -> Option<Changed> {
        let (key, after) = self.read(&change.key, change.value.as_deref())?;
        let before = view.stored_untyped(&key).map(|(revision, record)| (revision, record.clone()));
        match &after {
            Some(record) => view.put(revision, &key, record.clone()),
            None => view.delete(revision, &key),
        }
        (before.is_some() || after.is_some()).then_some(Changed { key, before, after })
    }

    /// Key and record, if the kind is one of ours.
    pub(crate) fn read(&self, key: &str, value: Option<&[u8]>) -> Option<(Key, Option<StoredRecord>)> {
        let key = Key::parse(key)?;
        let kind = self.decoders.get(key.kind())?;
        match value.map(kind.decode).transpose() {
            Ok(record) => Some((key, record)),
            Err(error) => {
                tracing::error!(%key, %error, "a record cannot be read and is left out");
                None
            }
        }
    }
}

/// The bytes of a revision record.
pub fn revision_bytes(revision: Revision) -> Vec<u8> {
    revision.to_be_bytes().to_vec()
}

/// Reads a revision record.
pub(crate) fn revision(bytes: &[u8]) -> Revision {
    bytes.try_into().map_or(0, Revision::from_be_bytes)
}

/// The bytes of a record, as they go into the log.
pub fn record_bytes(record: &StoredRecord) -> Vec<u8> {
    record.encode()
}
