//! Which servers vote, on record: hosted zones with accelerated recovery rely on it (design/0079).
//!
//! The log knows its voters, the records do not, and what is decided about the one has to be decided with the other, by
//! the writer. So the leader notes who votes whenever the membership has settled, and a vote leaves the records before it
//! leaves the log: what is on record is never more than there is.
//!
//! What people get wrong: a removal that fails gives the vote back by itself. Whoever removes holds a [`Departure`], and its
//! end, however it comes, has the votes noted again.

use super::leading::while_leading;
use crate::core::Core;
use crate::replica::Replica;
use crate::writer::{Work, WriteError, Writer};
use controlplane_raft::{NodeId, RaftNode};
use controlplane_services_kernel::{Caller, Operation};
use controlplane_services_native::server::{NoteVotes, NoteVotesInput, ReleaseVote, ReleaseVoteInput};
use controlplane_services_route53::accelerated_recovery;
use controlplane_types::{RegionName, Runtime};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Before a note that was not taken is written again.
const PAUSE: Duration = Duration::from_millis(250);

/// Servers that are being removed by this one, each as often as somebody does.
#[derive(Clone)]
pub(crate) struct Leaving(Arc<watch::Sender<Vec<NodeId>>>);

impl Default for Leaving {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(Vec::new())))
    }
}

/// A server is being removed, until this is dropped.
#[must_use]
pub(crate) struct Departure {
    number: NodeId,
    leaving: Leaving,
}

impl Leaving {
    fn begin(&self, number: NodeId) -> Departure {
        self.0.send_modify(|leaving| leaving.push(number));
        Departure { number, leaving: self.clone() }
    }

    /// The voters of `node` that stay; `None` while a change of voters is under way.
    fn staying(&self, node: &RaftNode) -> Option<BTreeSet<NodeId>> {
        let members = node.watch_members().borrow().clone();
        let leaving = self.0.borrow();
        let staying = members.voters().into_iter().filter(|number| !leaving.contains(number));
        (!members.changing).then(|| staying.collect())
    }
}

impl Drop for Departure {
    fn drop(&mut self) {
        self.leaving.0.send_modify(|leaving| {
            if let Some(at) = leaving.iter().position(|number| *number == self.number) {
                leaving.swap_remove(at);
            }
        });
    }
}

/// Takes the vote of server `number` off the records, which is refused while hosted zones need it. The vote may leave the log
/// while what is returned is held.
pub(crate) async fn release(core: &Core, number: NodeId) -> Result<Departure, WriteError> {
    let departure = core.cluster.leaving().begin(number);
    let work = Work::new(Caller::system(core.first_start.region.clone()), move |cx| {
        accelerated_recovery::spare_vote(number, cx)?;
        ReleaseVote::run(&ReleaseVoteInput { number }, cx).map(|output| Box::new(output) as _)
    });
    core.writer.write(work).await.map(|_| departure)
}

/// What noting votes needs.
pub(crate) struct Votes {
    pub(crate) node: RaftNode,
    pub(crate) replica: Replica,
    pub(crate) writer: Writer,
    pub(crate) region: RegionName,
    pub(crate) runtime: Arc<dyn Runtime>,
    pub(crate) leaving: Leaving,
}

impl Votes {
    /// Until the server stops: notes who votes while it leads.
    pub(crate) async fn keep(self) {
        while_leading(&self.node, |ready_index| self.lead(ready_index)).await;
    }

    async fn lead(&self, ready_index: u64) {
        if self.replica.wait_index(ready_index).await.is_none() {
            return;
        }
        let (mut members, mut leaving) = (self.node.watch_members(), self.leaving.0.subscribe());
        loop {
            members.mark_unchanged();
            leaving.mark_unchanged();
            if let Err(error) = self.note().await {
                tracing::debug!(%error, "who votes is not on record yet; trying again");
                self.runtime.sleep(PAUSE).await;
                continue;
            }
            let changed = tokio::select! {
                biased;
                changed = members.changed() => changed,
                changed = leaving.changed() => changed,
            };
            if changed.is_err() {
                return;
            }
        }
    }

    /// The writer looks at the membership itself: what was seen here may be over when it is this note's turn.
    async fn note(&self) -> Result<(), WriteError> {
        let (node, leaving) = (self.node.clone(), self.leaving.clone());
        let work = Work::new(Caller::system(self.region.clone()), move |cx| {
            if let Some(voters) = leaving.staying(&node) {
                NoteVotes::run(&NoteVotesInput { voters }, cx)?;
            }
            Ok(Box::new(()) as _)
        });
        self.writer.write(work).await.map(drop)
    }
}
