//! Who belongs to the cluster, as one value to watch, and the directory that calls go by.

use super::Openraft;
use crate::directory::Directory;
use crate::types::{NodeId, StoredMembership, Types};
use controlplane_types::Runtime;
use openraft::async_runtime::WatchReceiver;
use openraft::metrics::RaftServerMetrics;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::sync::watch;

/// One server of the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Where it listens: `host:port`.
    pub address: String,
    /// Its part.
    pub role: Role,
    /// Index of the newest entry known to be on its disk. Only the leader knows.
    pub matched: Option<u64>,
}

/// A member's part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Counts for majorities. While a change is under way, also who counts only for the old ones.
    Voter,
    /// Receives the log and has no vote.
    Learner,
}

/// The members as this server knows them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members {
    /// The entry that brought this membership.
    pub index: u64,
    /// By number; empty on a server that waits to be added.
    pub members: BTreeMap<NodeId, Member>,
    /// This server was a member and is none any more. It takes no part until it is added again, and its data may be
    /// deleted.
    pub removed: bool,
    /// A change of voters is under way: some of them count only for the old majorities, or only for the new ones.
    pub changing: bool,
}

impl Members {
    /// Who counts for majorities.
    pub fn voters(&self) -> BTreeSet<NodeId> {
        let voters = self.members.iter().filter(|(_, member)| member.role == Role::Voter);
        voters.map(|(id, _)| *id).collect()
    }
}

/// The members in `stored`, of which server `id` is one or not.
fn members(stored: &StoredMembership, id: NodeId) -> Members {
    let voters: BTreeSet<NodeId> = stored.voter_ids().collect();
    let member = |(id, node): (&NodeId, &openraft::impls::BasicNode)| {
        let role = if voters.contains(id) { Role::Voter } else { Role::Learner };
        (*id, Member { address: node.addr.clone(), role, matched: None })
    };
    let members: BTreeMap<_, _> = stored.nodes().map(member).collect();
    let removed = !members.is_empty() && !members.contains_key(&id);
    let changing = stored.get_joint_config().len() > 1;
    Members { index: stored.log_id().map_or(0, |log_id| log_id.index()), members, removed, changing }
}

/// The watch, and whoever learns of a removal from elsewhere.
pub(super) struct Roll {
    sender: watch::Sender<Members>,
    id: NodeId,
    directory: Arc<Directory>,
}

impl Roll {
    /// Keeps the roll and the directory up to date.
    pub(super) fn keep(
        raft: &Openraft,
        id: NodeId,
        directory: Arc<Directory>,
        runtime: &Arc<dyn Runtime>,
    ) -> Arc<Self> {
        let mut metrics = raft.server_metrics();
        let roll = Arc::new(Self { sender: watch::Sender::new(Members::default()), id, directory });
        roll.update(&metrics.borrow_watched());
        let (keeper, raft) = (roll.clone(), raft.clone());
        let task = async move {
            while metrics.changed().await.is_ok() {
                let returned = keeper.update(&metrics.borrow_and_update());
                if returned {
                    raft.runtime_config().elect(true);
                }
            }
        };
        runtime.spawn("members", Box::pin(task));
        roll
    }

    /// Whether this server, once removed, is a member again.
    fn update(&self, metrics: &RaftServerMetrics<Types>) -> bool {
        let newest = members(&metrics.membership_config, self.id);
        let mut returned = false;
        self.sender.send_if_modified(|known| {
            // What was learned from others about a removal is newer than the own log.
            let stale = known.removed && newest.index < known.index;
            if stale || *known == newest {
                return false;
            }
            returned = known.removed && !newest.removed;
            self.directory.replace(addresses(&newest));
            *known = newest;
            true
        });
        returned
    }

    /// Another member says that this server is none any more since `index`.
    pub(super) fn removed(&self, index: u64, addresses: &BTreeMap<NodeId, String>) -> bool {
        self.sender.send_if_modified(|known| {
            let news = !addresses.contains_key(&self.id) && index > known.index && !known.removed;
            if news {
                known.index = index;
                known.removed = true;
                known.members.retain(|id, _| addresses.contains_key(id));
            }
            news
        })
    }

    pub(super) fn watch(&self) -> watch::Receiver<Members> {
        self.sender.subscribe()
    }
}

fn addresses(members: &Members) -> BTreeMap<NodeId, String> {
    members.members.iter().map(|(id, member)| (*id, member.address.clone())).collect()
}
