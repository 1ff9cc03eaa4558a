//! Linearizable reads without leases: one confirmation round for everyone who asked before it began.

use super::{Core, Openraft};
use crate::transport::{Method, TransportError};
use crate::types::NodeId;
use crate::wire::{self, ReadReply};
use controlplane_types::Runtime;
use openraft::ReadPolicy;
use openraft::async_runtime::WatchReceiver;
use openraft::errors::{LinearizableReadError, RaftError};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Readers that may wait at once.
const QUEUE: usize = 16 * 1024;

/// Why a read cannot be linearizable right now. All but [`Stopped`](Self::Stopped) pass.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Nobody leads, as far as this member knows.
    #[error("there is no leader at the moment")]
    NoLeader,
    /// The leader could not confirm that it still leads.
    #[error("the leader does not lead any more or cannot reach a majority")]
    LostLeadership,
    /// The leader could not be asked.
    #[error("the leader could not be asked")]
    Transport(#[from] TransportError),
    /// Too many readers are waiting.
    #[error("too many reads are waiting for the leader")]
    Full,
    /// The node has stopped.
    #[error("the replicated log has stopped")]
    Stopped,
}

type Waiting = oneshot::Sender<Result<u64, ReadError>>;

/// Runs the rounds, when this member leads.
pub(super) struct Reader {
    queue: mpsc::Sender<Waiting>,
    limit: Duration,
}

impl Reader {
    pub(super) fn start(raft: &Openraft, runtime: &Arc<dyn Runtime>, limit: Duration) -> Self {
        let (queue, mut waiting) = mpsc::channel::<Waiting>(QUEUE);
        let raft = raft.clone();
        let task = async move {
            while let Some(first) = waiting.recv().await {
                let mut round = vec![first];
                while let Ok(next) = waiting.try_recv() {
                    round.push(next);
                }
                let result = confirm(&raft).await;
                for reader in round {
                    // A reader may have given up.
                    let _ = reader.send(result.clone());
                }
            }
        };
        runtime.spawn("read rounds", Box::pin(task));
        Self { queue, limit }
    }

    /// Here if this member leads, else at the leader.
    pub(super) async fn read_index(&self, core: &Core) -> Result<u64, ReadError> {
        let leader = core.raft.metrics().borrow_watched().current_leader.ok_or(ReadError::NoLeader)?;
        match leader == core.links.id {
            true => self.read_here().await,
            false => self.ask(core, leader).await,
        }
    }

    async fn read_here(&self) -> Result<u64, ReadError> {
        let (done, result) = oneshot::channel();
        self.queue.try_send(done).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => ReadError::Full,
            mpsc::error::TrySendError::Closed(_) => ReadError::Stopped,
        })?;
        result.await.map_err(|_| ReadError::Stopped)?
    }

    async fn ask(&self, core: &Core, leader: NodeId) -> Result<u64, ReadError> {
        let peer = core.links.peer(leader)?;
        let call = core.links.call(&peer, Method::ReadIndex, Vec::new());
        let late = || TransportError::Broken { peer: leader, reason: "no answer in time".to_owned() };
        let bytes = core.links.runtime.within(self.limit, call).await.ok_or_else(late)??;
        let malformed =
            |error: wire::Malformed| TransportError::Broken { peer: leader, reason: error.to_string() };
        match wire::decode("reply", &bytes).map_err(malformed)? {
            ReadReply::Index(index) => Ok(index),
            ReadReply::NotLeader(_) => Err(ReadError::LostLeadership),
        }
    }

    /// The leader's answer to another member.
    pub(super) async fn answer(&self, core: &Core) -> Result<ReadReply, String> {
        match self.read_here().await {
            Ok(index) => Ok(ReadReply::Index(index)),
            Err(ReadError::LostLeadership) => {
                Ok(ReadReply::NotLeader(core.raft.metrics().borrow_watched().current_leader))
            }
            Err(error) => Err(error.to_string()),
        }
    }
}

async fn confirm(raft: &Openraft) -> Result<u64, ReadError> {
    match raft.get_read_linearizer(ReadPolicy::ReadIndex).await {
        Ok(linearizer) => Ok(linearizer.read_log_id().index()),
        Err(RaftError::APIError(
            LinearizableReadError::ForwardToLeader(_) | LinearizableReadError::QuorumNotEnough(_),
        )) => Err(ReadError::LostLeadership),
        Err(RaftError::Fatal(_)) => Err(ReadError::Stopped),
    }
}
