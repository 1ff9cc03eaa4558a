//! The leader's care for who belongs to the cluster.
//!
//! - A server that was added receives the log first and gets its vote as soon as it has nearly all of it: the progress
//!   of its copy is what wakes this task, so a join takes as long as the copy does.
//! - What is on record of a server that is no member any more is taken back: a removal whose second half was cut off by
//!   the leader's death, the servers left behind by a recovery, those a snapshot remembers.
//!
//! Both are looked at when a leadership begins and when the membership changes. In between there is nothing to do, and
//! nothing ticks.

use super::leading::while_leading;
use crate::replica::Replica;
use crate::writer::{Work, WriteError, Writer};
use controlplane_raft::{Members, MembershipError, NodeId, RaftNode, Role};
use controlplane_services_kernel::{Caller, Operation};
use controlplane_services_native::Server;
use controlplane_services_native::server::{Entered, Membership, RemoveServer, RemoveServerInput};
use controlplane_types::{RegionName, Runtime};
use futures::future::{BoxFuture, select_all};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Before something that failed is tried again.
const PAUSE: Duration = Duration::from_millis(250);

/// What the care needs.
pub(crate) struct Care {
    pub(crate) node: RaftNode,
    pub(crate) replica: Replica,
    pub(crate) writer: Writer,
    pub(crate) cluster: String,
    pub(crate) region: RegionName,
    pub(crate) runtime: Arc<dyn Runtime>,
}

impl Care {
    /// Until the server stops; works while it leads.
    pub(crate) async fn keep(self) {
        while_leading(&self.node, |ready_index| self.lead(ready_index)).await;
    }

    /// One leadership; ends only when the server stops.
    async fn lead(&self, ready_index: u64) {
        if self.replica.wait_index(ready_index).await.is_none() {
            return;
        }
        let mut members = self.node.watch_members();
        loop {
            members.mark_unchanged();
            let done = match self.take_back().await {
                Ok(()) => self.promote(&mut members).await,
                Err(error) => Err(error.to_string()),
            };
            let goes_on = match done {
                Ok(()) => members.changed().await.is_ok(),
                Err(error) => {
                    tracing::debug!(%error, "the membership is as it was; trying again");
                    self.runtime.sleep(PAUSE).await;
                    true
                }
            };
            if !goes_on {
                return;
            }
        }
    }

    /// Takes back what is on record of servers that are gone.
    async fn take_back(&self) -> Result<(), WriteError> {
        let membership = {
            let members = self.node.watch_members();
            let members = members.borrow();
            let at = Entered { cluster: self.cluster.clone(), index: members.index };
            Membership { at, members: members.members.keys().copied().collect() }
        };
        let view = self.replica.applied().view;
        let gone: Vec<NodeId> = Server::all(&view, &self.region)
            .filter(|server| membership.lacks(server))
            .map(|server| server.number)
            .collect();
        for number in gone {
            tracing::warn!(number, "no member of the cluster any more: its certificates are revoked");
            let work = Work::new(Caller::system(self.region.clone()), move |cx| {
                RemoveServer::run(&RemoveServerInput { number }, cx).map(|output| Box::new(output) as _)
            });
            self.writer.write(work).await?;
        }
        Ok(())
    }

    /// Waits for the first of the learners that has the log, and gives it a vote; returns at once when there is none, and
    /// when the membership changes, which begins everything anew.
    async fn promote(&self, changes: &mut watch::Receiver<Members>) -> Result<(), String> {
        let members = self.node.members();
        let learners = members.into_iter().filter(|(_, member)| member.role == Role::Learner);
        let waits: Vec<BoxFuture<'_, _>> =
            learners.map(|(id, _)| Box::pin(self.caught_up(id)) as _).collect();
        if waits.is_empty() {
            return Ok(());
        }
        let mut seen = changes.clone();
        let (result, id) = tokio::select! {
            biased;
            (first, _, _) = select_all(waits) => first,
            _ = seen.changed() => return Ok(()),
        };
        let promoted = match result {
            Ok(()) => self.node.promote(id).await,
            Err(error) => Err(error),
        };
        match promoted {
            Ok(()) => tracing::info!(number = id, "has caught up, and votes from now on"),
            Err(MembershipError::AlreadyVoter(_)) => {}
            Err(error) => return Err(error.to_string()),
        }
        Ok(())
    }

    async fn caught_up(&self, id: NodeId) -> (Result<(), MembershipError>, NodeId) {
        (self.node.caught_up(id).await, id)
    }
}
