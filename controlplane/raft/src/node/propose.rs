//! Proposals: bounded, in call order, pipelined.

use super::Openraft;
use crate::batch::{Batch, Outcome};
use crate::reply::Reply;
use crate::types::{NodeId, Types};
use controlplane_types::Runtime;
use openraft::errors::ClientWriteError;
use openraft::raft::ClientWriteResult;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::sync::{Semaphore, mpsc, oneshot};

/// The most a batch may hold in keys and values.
pub const MAX_BATCH_BYTES: usize = 4 << 20;

/// Proposals in flight may hold so much together ...
const IN_FLIGHT_BYTES: usize = 64 << 20;

/// ... counted in units of this, which is also the least one counts for; so at most 4096 are in flight.
const UNIT_BYTES: usize = 16 << 10;

/// Why a batch has no index. See [`RaftNode::propose`](super::RaftNode::propose) for what to do then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProposeError {
    /// This member does not lead under the batch's term (any more), or could not reach a majority. The batch may
    /// still be applied later, under another leader.
    #[error("this server does not lead any more")]
    LostLeadership {
        /// Who leads now, if known.
        leader: Option<NodeId>,
    },
    /// It is in the log, but did not continue the chain: it changed nothing.
    #[error("the batch at index {index} does not continue the newest applied batch")]
    Refused {
        /// Its place in the log.
        index: u64,
    },
    /// Too much is in flight. The batch was not proposed.
    #[error("too many batches are waiting for a majority")]
    Full,
    /// The batch is too large. It was not proposed.
    #[error("the batch holds {bytes} bytes; the limit is {limit}")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// The node has stopped. The batch may still be applied later, under another leader.
    #[error("the replicated log has stopped")]
    Stopped,
}

/// A batch on its way. Dropping it does not take the batch back.
pub struct Proposal(State);

enum State {
    Failed(Option<ProposeError>),
    InFlight(oneshot::Receiver<ClientWriteResult<Types>>),
}

impl Future for Proposal {
    type Output = Result<u64, ProposeError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            State::Failed(error) => Poll::Ready(Err(error.take().unwrap_or(ProposeError::Stopped))),
            State::InFlight(result) => Pin::new(result).poll(cx).map(|received| match received {
                Ok(result) => outcome(result),
                Err(_) => Err(ProposeError::Stopped),
            }),
        }
    }
}

fn outcome(result: ClientWriteResult<Types>) -> Result<u64, ProposeError> {
    match result {
        Ok(response) => {
            let index = response.log_id.index();
            match response.data {
                Outcome::Applied => Ok(index),
                Outcome::Refused => Err(ProposeError::Refused { index }),
            }
        }
        Err(ClientWriteError::ForwardToLeader(to) | ClientWriteError::LogEntryDiscarded(to)) => {
            Err(ProposeError::LostLeadership { leader: to.leader_id })
        }
        Err(ClientWriteError::ChangeMembershipError(_) | ClientWriteError::PreconditionFailed(_)) => {
            Err(ProposeError::LostLeadership { leader: None })
        }
    }
}

type Responder = Reply<ClientWriteResult<Types>>;

/// The way into openraft.
pub(super) struct Proposer {
    queue: mpsc::Sender<(Arc<Batch>, Responder)>,
    in_flight: Arc<Semaphore>,
}

impl Proposer {
    pub(super) fn start(raft: &Openraft, runtime: &Arc<dyn Runtime>) -> Self {
        let (queue, mut waiting) = mpsc::channel::<(Arc<Batch>, Responder)>(IN_FLIGHT_BYTES / UNIT_BYTES);
        let raft = raft.clone();
        let task = async move {
            while let Some((batch, responder)) = waiting.recv().await {
                let term = batch.term;
                // Returns when openraft has queued the batch. An error drops the responder, which tells the proposer.
                if raft.write(batch).with_leader(term).responder(responder).await.is_err() {
                    break;
                }
            }
        };
        runtime.spawn("proposer", Box::pin(task));
        Self { queue, in_flight: Arc::new(Semaphore::new(IN_FLIGHT_BYTES / UNIT_BYTES)) }
    }

    pub(super) fn propose(&self, batch: Batch) -> Proposal {
        match self.enqueue(batch) {
            Ok(result) => Proposal(State::InFlight(result)),
            Err(error) => Proposal(State::Failed(Some(error))),
        }
    }

    fn enqueue(&self, batch: Batch) -> Result<oneshot::Receiver<ClientWriteResult<Types>>, ProposeError> {
        let bytes = batch.bytes();
        if bytes > MAX_BATCH_BYTES {
            return Err(ProposeError::TooLarge { bytes, limit: MAX_BATCH_BYTES });
        }
        let units = bytes.div_ceil(UNIT_BYTES).max(1) as u32;
        let permits = self.in_flight.clone().try_acquire_many_owned(units).map_err(|_| ProposeError::Full)?;
        let (done, result) = oneshot::channel();
        self.queue.try_send((Arc::new(batch), Reply::new(done, permits))).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => ProposeError::Full,
            mpsc::error::TrySendError::Closed(_) => ProposeError::Stopped,
        })?;
        Ok(result)
    }
}
