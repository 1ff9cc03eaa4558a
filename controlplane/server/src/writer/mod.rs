//! The one writer: runs operations one after another on a speculative view, on whichever member leads.
//!
//! The leader decides, the log carries outcomes. While a batch is on its way to a majority, the next requests already
//! run on the view that includes it, and what they change waits to become the next batch (group commit). An answer,
//! success or error, leaves only when the newest batch it saw is applied: an error computed from records that
//! may never be committed is no answer.
//!
//! Requests come in fair order ([`crate::admission`]): whoever has thousands waiting does not decide how long others wait.
//!
//! When leadership goes, the view goes with it: everybody waiting is told to try again, and the next leadership
//! begins on applied records only, after its own term's first entry.

mod causes;
mod gathering;
mod leading;

pub(crate) use causes::Causes;
pub(crate) use leading::CLUSTER_VERSION;

use crate::admission::{self, Expires, Intake, Refused, Ticket};
use crate::clock::Clock;
use crate::replica::Replica;
use controlplane_raft::{Leadership, NodeId, RaftNode};
use controlplane_services_kernel::operation::Answer;
use controlplane_services_kernel::{Caller, Context, ServiceError, View};
use controlplane_telemetry::metrics::Samples;
use controlplane_telemetry::metrics::catalogue::WRITER_COMMIT_SECONDS;
use controlplane_telemetry::trace::Span;
use controlplane_types::{Revision, Runtime};
use std::sync::Arc;
use tokio::sync::oneshot;

/// What a request does on the writer.
pub type Run = Box<dyn FnOnce(&mut Context) -> Result<Answer, ServiceError> + Send>;
/// Whether what a request rests on is still so.
pub type Ground = Box<dyn FnOnce(&View) -> bool + Send>;

/// One request for the writer.
pub struct Work {
    /// On whose behalf.
    pub caller: Caller,
    /// What to do. Runs once, on the writer; must not wait for anything.
    pub run: Run,
    /// Checked on the writer's view before running; `false` drops the work ([`WriteError::Moved`]).
    pub holds: Option<Ground>,
}

impl Work {
    /// Work without conditions.
    pub fn new(
        caller: Caller,
        run: impl FnOnce(&mut Context) -> Result<Answer, ServiceError> + Send + 'static,
    ) -> Self {
        Self { caller, run: Box::new(run), holds: None }
    }
}

/// A committed and applied outcome.
pub struct Done {
    /// What the operation answered.
    pub answer: Answer,
    /// Revision of the view the answer rests on.
    pub revision: Revision,
}

/// Why there is no outcome.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The operation refused; nothing was changed.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// Another member leads, if any does.
    #[error("this server does not lead")]
    NotLeader {
        /// Who does.
        leader: Option<NodeId>,
    },
    /// The outcome is unknown: leadership went while the batch was on its way. Trying again is safe with a token.
    #[error("leadership changed while the request was being committed")]
    Unknown,
    /// What the work relied on has changed.
    #[error("the records this rests on have changed")]
    Moved,
    /// Too much is waiting already, or this request waited too long; it was not run.
    #[error(transparent)]
    Overloaded(Refused),
    /// The batch cannot be written (store full, too large); nothing was changed.
    #[error("the change cannot be stored: {0}")]
    Storage(String),
    /// The server is stopping.
    #[error("the server is stopping")]
    Stopped,
}

struct Submission {
    work: Work,
    reply: oneshot::Sender<Result<Done, WriteError>>,
    /// Its wait; empty for work that is part of no trace.
    span: Span,
}

impl Expires for Submission {
    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn expire(self) {
        // Whoever asked may have gone in this moment.
        let _ = self.reply.send(Err(WriteError::Overloaded(Refused::Expired)));
    }
}

/// Hands work to the writer.
#[derive(Clone)]
pub struct Writer {
    queue: admission::Sender<Submission>,
    causes: Causes,
}

impl Writer {
    /// Starts the writer of this member. It works while the member leads and refuses otherwise.
    pub fn start(
        node: RaftNode,
        replica: Replica,
        cluster_id: String,
        clock: Clock,
        runtime: Arc<dyn Runtime>,
    ) -> Self {
        let (sender, receiver) = admission::channel("writes", runtime.clone());
        let causes = Causes::new(runtime.clone());
        let task = WriterTask {
            node,
            replica,
            cluster_id,
            clock,
            runtime: runtime.clone(),
            receiver,
            causes: causes.clone(),
            commit_seconds: WRITER_COMMIT_SECONDS.samples(&[]),
        };
        runtime.spawn("writer", Box::pin(task.run()));
        Self { queue: sender, causes }
    }

    /// Which requests the newest changes are due to.
    pub(crate) fn causes(&self) -> &Causes {
        &self.causes
    }

    /// Runs `work` when its turn comes; completes when its outcome is applied here. Work whose caller stops waiting before
    /// that is not run.
    pub async fn write(&self, work: Work) -> Result<Done, WriteError> {
        let (reply, outcome) = oneshot::channel();
        let ticket = Ticket::of(&work.caller);
        let submission = Submission { work, reply, span: Span::here("writer.wait") };
        self.queue.send(&ticket, submission).map_err(|refused| match refused {
            Refused::Stopped => WriteError::Stopped,
            refused => WriteError::Overloaded(refused),
        })?;
        outcome.await.unwrap_or(Err(WriteError::Stopped))
    }

    /// The same for who wants what `act` returns, not an answer for the wire.
    pub async fn run<T: Send + 'static>(
        &self,
        caller: Caller,
        act: impl FnOnce(&mut Context) -> Result<T, ServiceError> + Send + 'static,
    ) -> Result<T, WriteError> {
        let (keep, kept) = oneshot::channel();
        let work = Work::new(caller, move |cx| {
            let output = act(cx)?;
            // Whoever does not wait any more needs no output.
            let _ = keep.send(output);
            Ok(Box::new(()) as _)
        });
        self.write(work).await?;
        kept.await.map_err(|_| WriteError::Stopped)
    }
}

struct WriterTask {
    node: RaftNode,
    replica: Replica,
    cluster_id: String,
    clock: Clock,
    runtime: Arc<dyn Runtime>,
    receiver: Intake<Submission>,
    causes: Causes,
    commit_seconds: Samples,
}

impl WriterTask {
    async fn run(mut self) {
        let mut leadership = self.node.leadership();
        loop {
            let current = *leadership.borrow_and_update();
            match current {
                Leadership::Leader { term, ready_index } => {
                    // Not only up to the leadership's first entry: a writer whose chain broke begins again behind whatever
                    // of it was applied. It would answer from before that where nothing is to be changed.
                    let applied = ready_index.max(self.node.applied_index());
                    let Some(applied) = self.replica.wait_index(applied).await else { return };
                    if !leading::lead(&mut self, term, applied, &mut leadership).await {
                        return;
                    }
                }
                Leadership::Stopped => return,
                Leadership::Follower { leader, .. } => {
                    if !self.refuse_until_change(leader, &mut leadership).await {
                        return;
                    }
                }
                // Soon a leader: let requests wait in the queue instead of sending them around.
                Leadership::Settling { .. } => {
                    if leadership.changed().await.is_err() {
                        return;
                    }
                }
            }
        }
    }

    async fn refuse_until_change(
        &mut self,
        leader: Option<NodeId>,
        leadership: &mut tokio::sync::watch::Receiver<Leadership>,
    ) -> bool {
        loop {
            tokio::select! {
                biased;
                changed = leadership.changed() => return changed.is_ok(),
                submission = self.receiver.recv() => match submission {
                    Some(submission) => {
                        // The client hung up: nobody waits for the refusal.
                        let _ = submission.reply.send(Err(WriteError::NotLeader { leader }));
                    }
                    None => return false,
                },
            }
        }
    }
}
