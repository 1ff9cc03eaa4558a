//! Reads: linearizable on whichever member is asked, or stale when the client says so.
//!
//! A linearizable read sees every write that was answered before it began. It costs a round in which the leader confirms
//! that it leads; here, on every member, everybody who asked before a round begins shares it, so a follower asks the leader
//! once for all its readers. A stale read takes what this member has, without asking anybody, and says how old that
//! may be: it is at least as new as the newest confirmed round and as the newest commit's time.
//!
//! A [`Session`] is what a client has seen: a revision and a time. Answers carry it, and a client that gives it back never
//! sees less than that, nor an earlier time, on whichever member it asks. Linearizable reads see the client's own writes
//! anyway; stale ones wait for them.

use crate::admission::{Gate, Pass, Refused};
use crate::clock::Clock;
use crate::replica::{Applied, Replica};
use controlplane_raft::{Leadership, RaftNode, ReadError};
use controlplane_services_kernel::{Caller, Reader};
use controlplane_telemetry::metrics::catalogue::{READ_ROUND_READERS, READS};
use controlplane_types::{Revision, Runtime, Timestamp};
use metrics::Counter;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Readers that may wait for a round.
const QUEUE: usize = 16 * 1024;
/// Reads that are computed at once; the others wait for their turn in fair order.
const AT_ONCE: usize = 64;
/// How long a stale read waits for what its session has seen already.
const CATCH_UP: Duration = Duration::from_secs(5);
/// How far a session's time may be ahead of this member's; more than clocks of one region ever differ.
const AHEAD: Duration = Duration::from_secs(60);

/// What a client has seen: `revision.milliseconds` as text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// The newest revision.
    pub revision: Revision,
    /// The latest time.
    pub now: Timestamp,
}

impl fmt::Display for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.revision, self.now.as_millis())
    }
}

impl FromStr for Session {
    type Err = ReadsError;

    fn from_str(text: &str) -> Result<Self, ReadsError> {
        let parts = text.split_once('.');
        let parsed = parts.and_then(|(revision, now)| Some((revision.parse().ok()?, now.parse().ok()?)));
        let (revision, now) = parsed.ok_or(ReadsError::NotASession)?;
        Ok(Self { revision, now: Timestamp::from_millis(now) })
    }
}

/// What a read has to be.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ask {
    /// What this member has is good enough.
    pub stale: bool,
    /// What the client has seen already.
    pub session: Option<Session>,
}

/// A view to answer from.
pub struct Seen {
    /// The view.
    pub reader: Reader,
    /// What whoever gets the answer has seen.
    pub session: Session,
    /// How old the view may be at most, as far as this member knows; `None` for a linearizable read, which is not.
    pub age: Option<Duration>,
}

/// Why nothing can be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadsError {
    /// The leader cannot be asked.
    #[error(transparent)]
    Unconfirmed(#[from] ReadError),
    /// Too many reads are waiting.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// This member does not have what the session has seen, and did not get it in time.
    #[error("this server has not reached revision {0} yet")]
    Behind(Revision),
    /// The session names what has not happened here.
    #[error("the session is from another cluster, or from before a restore: {0}")]
    Future(Session),
    /// Not the text of a session.
    #[error("a session has the form REVISION.MILLISECONDS, as an answer gave it")]
    NotASession,
}

type Confirmed = Result<Applied, ReadError>;

/// Makes readers. Clones share rounds.
#[derive(Clone)]
pub struct Reads {
    node: RaftNode,
    replica: Replica,
    clock: Clock,
    runtime: Arc<dyn Runtime>,
    gate: Gate,
    queue: mpsc::Sender<oneshot::Sender<Confirmed>>,
    rounds: Arc<Rounds>,
    linearizable: Counter,
    stale: Counter,
}

/// The rounds so far.
#[derive(Default)]
struct Rounds {
    count: AtomicU64,
    /// Steady time at which the newest successful one began, in microseconds; 0: none.
    confirmed: AtomicU64,
}

impl Reads {
    /// Reads of this member.
    pub fn start(node: RaftNode, replica: Replica, clock: Clock, runtime: Arc<dyn Runtime>) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let rounds = Arc::<Rounds>::default();
        let gate = Gate::new("reads", AT_ONCE, runtime.clone());
        let confirm = confirm(node.clone(), replica.clone(), runtime.clone(), rounds.clone(), waiting);
        runtime.spawn("reads", Box::pin(confirm));
        let (linearizable, stale) = (READS.counter(&["linearizable"]), READS.counter(&["stale"]));
        Self { node, replica, clock, runtime, gate, queue, rounds, linearizable, stale }
    }

    /// Which member leads, for people.
    pub fn leader(&self) -> String {
        match *self.node.leadership().borrow() {
            Leadership::Leader { .. } => format!("server {} (this one)", self.node.id()),
            Leadership::Follower { leader: Some(leader), .. } => format!("server {leader}"),
            _ => String::new(),
        }
    }

    /// How many rounds there were; many readers share one.
    pub fn rounds(&self) -> u64 {
        self.rounds.count.load(Ordering::Relaxed)
    }

    /// Waits for the right to compute an answer, in fair order. To be held until the answer is there, and given back
    /// while waiting for anybody else.
    pub async fn admit(&self, caller: &Caller) -> Result<Pass, Refused> {
        self.gate.enter(caller).await
    }

    /// A view with everything that was committed when the call began.
    pub async fn reader(&self, caller: Caller) -> Result<Reader, ReadError> {
        let applied = self.applied().await?;
        let now = self.clock.after(applied.now);
        Ok(Reader::new(applied.view, caller, now))
    }

    /// A view as asked for.
    pub async fn read(&self, caller: Caller, ask: Ask) -> Result<Seen, ReadsError> {
        let least = ask.session.unwrap_or_default();
        let (applied, age) = match ask.stale {
            true => self.stale(least).await?,
            false => (self.applied().await?, None),
        };
        let now = self.clock.after(applied.now);
        if applied.view.revision() < least.revision || now + AHEAD < least.now {
            return Err(ReadsError::Future(least));
        }
        let session = Session { revision: applied.view.revision(), now: now.max(least.now) };
        Ok(Seen { reader: Reader::new(applied.view, caller, session.now), session, age })
    }

    /// What a client has seen whose write was answered with the records of `revision`.
    pub fn session(&self, revision: Revision) -> Session {
        Session { revision, now: self.clock.after(self.replica.applied().now) }
    }

    /// Records with everything that was committed when the call began.
    pub async fn applied(&self) -> Result<Applied, ReadError> {
        self.linearizable.increment(1);
        let (reply, confirmed) = oneshot::channel();
        self.queue.try_send(reply).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => ReadError::Full,
            mpsc::error::TrySendError::Closed(_) => ReadError::Stopped,
        })?;
        confirmed.await.unwrap_or(Err(ReadError::Stopped))
    }

    /// What is here, once that is at least what the session has seen.
    async fn stale(&self, least: Session) -> Result<(Applied, Option<Duration>), ReadsError> {
        self.stale.increment(1);
        let mut applied = self.replica.applied();
        if applied.view.revision() < least.revision {
            tokio::select! {
                biased;
                reached = self.replica.wait_revision(least.revision) => {
                    applied = reached.ok_or(ReadError::Stopped)?;
                }
                () = self.runtime.sleep(CATCH_UP) => return Err(ReadsError::Behind(least.revision)),
            }
        }
        let age = self.age(&applied);
        Ok((applied, Some(age)))
    }

    /// How old a view may be.
    fn age(&self, applied: &Applied) -> Duration {
        let since_commit = self.clock.after(applied.now).since(applied.now);
        match self.rounds.confirmed.load(Ordering::Relaxed) {
            0 => since_commit,
            began => {
                let began = Duration::from_micros(began);
                since_commit.min(self.runtime.monotonic().saturating_sub(began))
            }
        }
    }
}

/// One round after the other, each for everybody who asked before it began.
async fn confirm(
    node: RaftNode,
    replica: Replica,
    runtime: Arc<dyn Runtime>,
    rounds: Arc<Rounds>,
    mut waiting: mpsc::Receiver<oneshot::Sender<Confirmed>>,
) {
    let sharing = READ_ROUND_READERS.samples(&[]);
    let mut readers = Vec::new();
    while waiting.recv_many(&mut readers, QUEUE).await > 0 {
        let began = runtime.monotonic();
        let confirmed = round(&node, &replica).await;
        rounds.count.fetch_add(1, Ordering::Relaxed);
        sharing.record(readers.len() as f64);
        if confirmed.is_ok() {
            rounds.confirmed.fetch_max(began.as_micros() as u64, Ordering::Relaxed);
        }
        for reader in readers.drain(..) {
            // A reader may have given up.
            let _ = reader.send(confirmed.clone());
        }
    }
}

async fn round(node: &RaftNode, replica: &Replica) -> Confirmed {
    let index = node.read_index().await?;
    replica.wait_index(index).await.ok_or(ReadError::Stopped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_are_texts() {
        let session = Session { revision: 7, now: Timestamp::from_millis(9) };
        assert_eq!(session.to_string(), "7.9");
        assert_eq!("7.9".parse(), Ok(session));
        for text in ["", "7", "7.", ".9", "-7.9", "7.9.1", "a.b", "99999999999999999999.1"] {
            assert_eq!(text.parse::<Session>(), Err(ReadsError::NotASession), "{text:?}");
        }
    }
}
