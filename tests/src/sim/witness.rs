//! Follows every server over all its lives and feeds the rules with what it sees.
//!
//! It runs on the servers' own machines: a paused server's witness is paused with it, as anybody who follows that server
//! would be.

use super::invariant::addresses::Addresses;
use super::invariant::one_leader::OneLeader;
use super::invariant::placement::Placement;
use super::invariant::revision::Revisions;
use super::invariant::watch::{Stream, Told, WatchHistory};
use controlplane_raft::{NodeId, SimRuntime};
use controlplane_server::core::Core;
use controlplane_server::replica::{Commit, Followed, Follower};
use controlplane_services_ec2::instance::Instance;
use controlplane_services_ec2::network_interface::NetworkInterface;
use controlplane_services_kernel::Record;
use controlplane_types::Runtime;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What was seen of all servers; clones share it.
#[derive(Clone, Default)]
pub struct Witness(Arc<Mutex<Seen>>);

/// The rules that look at servers.
#[derive(Default)]
pub struct Seen {
    /// Of the servers' leaderships.
    pub leaders: OneLeader,
    /// Of their commits.
    pub watch: WatchHistory,
    /// Of their revisions and of what readers get.
    pub revisions: Revisions,
    /// Of their records.
    pub addresses: Addresses,
    /// Of their records and of the machines.
    pub placement: Placement,
}

impl Witness {
    /// What was seen so far.
    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Follows a server that has just started, for as long as its machine lives.
    pub fn attend(&self, id: NodeId, core: &Core, machine: &Arc<SimRuntime>) {
        machine.spawn("leadership witness", Box::pin(self.clone().leaderships(id, core.clone())));
        // Following begins before reading, so that no change falls between.
        let commits = core.replica.follow();
        let at = core.replica.applied().view.revision();
        let stream = self.seen().watch.begin(id, at);
        machine.spawn("commit witness", Box::pin(self.clone().commits(stream, core.clone(), commits)));
    }

    async fn leaderships(self, id: NodeId, core: Core) {
        let mut leadership = core.node.leadership();
        loop {
            let now = *leadership.borrow_and_update();
            self.seen().leaders.note(id, now);
            if leadership.changed().await.is_err() {
                return;
            }
        }
    }

    async fn commits(self, mut stream: Stream, core: Core, mut commits: Follower) {
        loop {
            match commits.next().await {
                Followed::Commit(commit) => self.commit(&mut stream, &commit),
                Followed::Resync => {
                    let at = core.replica.applied().view.revision();
                    self.seen().watch.resync(&mut stream, at);
                }
                Followed::Closed => return,
            }
            let applied = core.replica.applied();
            self.seen().revisions.decided(applied.view.revision(), applied.now);
        }
    }

    fn commit(&self, stream: &mut Stream, commit: &Commit) {
        let touches = |kind: &str| commit.keys().any(|key| key.kind() == kind);
        let mut seen = self.seen();
        seen.watch.tell(stream, &Told::of(commit));
        if touches(NetworkInterface::KIND) {
            seen.addresses.look(&commit.after);
        }
        if touches(Instance::KIND) {
            seen.placement.look(&commit.after);
        }
    }

    /// Takes in what every machine runs at one moment.
    pub fn machines(&self, running: &BTreeMap<String, Vec<String>>) {
        self.seen().placement.running(running);
    }

    /// Whatever broke a rule.
    pub fn broken(&self) -> Vec<String> {
        let seen = self.seen();
        let lists = [seen.leaders.broken(), seen.watch.broken(), seen.revisions.broken()];
        let mut all = lists.concat();
        all.extend(seen.addresses.broken());
        all.extend(seen.placement.broken());
        all
    }
}
