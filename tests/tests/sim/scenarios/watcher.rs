//! Someone who follows the tags of one resource on one server: follows first, then reads, then passes over what the
//! reading held.

use super::stage::Stage;
use controlplane_raft::NodeId;
use controlplane_server::core::Core;
use controlplane_server::replica::{Followed, Follower};
use controlplane_services_ec2::tag::{ResourceTags, Tags};
use controlplane_services_kernel::View;
use controlplane_types::{Revision, Runtime};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a watcher has.
#[derive(Clone, Debug, Default)]
pub(super) struct Held {
    /// The revision its reading rested on.
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
    /// Begins on server `id`, but with nothing at or before revision `after`.
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
        let mut commits = core.replica.follow();
        let view = loop {
            if let Ok(reader) = core.reads.reader(core.first_start.root()).await {
                break reader.view;
            }
            core.runtime.sleep(std::time::Duration::from_millis(50)).await;
        };
        self.read(&view);
        self.held().began = Some(view.revision());
        self.until_closed(&core, &mut commits, after).await;
    }

    async fn until_closed(&self, core: &Core, commits: &mut Follower, after: Revision) {
        loop {
            match commits.next().await {
                Followed::Commit(commit) => {
                    let revision = commit.after.revision();
                    if revision <= self.held().revision {
                        continue;
                    }
                    let changed = tags(&commit.before) != tags(&commit.after);
                    let mut held = self.held();
                    held.revision = revision;
                    held.tags = tags(&commit.after);
                    if changed && revision > after {
                        let tags = held.tags.clone();
                        held.changes.push((revision, tags));
                    }
                }
                Followed::Resync => {
                    self.held().resyncs += 1;
                    self.read(&core.replica.applied().view);
                }
                Followed::Closed => return,
            }
        }
    }

    fn read(&self, view: &View) {
        let mut held = self.held();
        held.revision = held.revision.max(view.revision());
        held.tags = tags(view);
    }
}

/// The tags of the one resource that has registers.
pub(super) fn tags(view: &View) -> Option<Tags> {
    view.all::<ResourceTags>().map(|found| found.tags.clone()).next()
}
