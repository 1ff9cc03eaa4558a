//! One leadership of the writer.

use super::gathering::Gathering;
use super::{Causes, Done, Submission, WriteError, WriterTask};
use crate::replica::{Applied, Made, REVISION_KEY, record_bytes, revision_bytes};
use crate::watch::Changed;
use controlplane_raft::{
    Batch, BatchId, Change as LogChange, Leadership, ProposeError, RaftNode, cluster_changes,
};
use controlplane_services_kernel::operation::Answer;
use controlplane_services_kernel::{Change, Changes, Context, View};
use controlplane_telemetry::metrics::catalogue::{WRITER_BATCHES, WRITER_REQUESTS};
use controlplane_telemetry::trace::Span;
use controlplane_types::{Key, Revision, Timestamp};
use futures::StreamExt;
use futures::stream::FuturesOrdered;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::sync::{oneshot, watch};

/// Requests in one batch.
pub(super) const BATCH: usize = 256;
/// A batch this large takes no further request.
const BATCH_BYTES: usize = 256 * 1024;
/// A batch that took this long to decide takes no further request: the next one gathers while this one is on its way.
const BATCH_TIME: Duration = Duration::from_millis(5);
/// What one batch may hold; below Raft's own bound, which counts its framing too.
const ENTRY_BYTES: usize = 3 << 20;

/// A leader decides nothing more when less than this is free on its disk: one batch, and what RocksDB writes beside it.
/// Reading goes on, and so does deciding as soon as there is room.
const DISK_RESERVE_BYTES: u64 = 16 << 20;

/// Record shapes every member of this version can read and write.
pub(crate) const CLUSTER_VERSION: u32 = 1;

/// An answer that waits, and who waits for it.
struct Reply {
    to: oneshot::Sender<Result<Done, WriteError>>,
    result: Result<Answer, WriteError>,
    /// The commit, in each trace that this is a part of; they end with the answer.
    spans: Vec<Span>,
}

/// Requests whose answers wait for the same batch.
struct Group {
    revision: Revision,
    replies: Vec<Reply>,
    /// When it was decided, by the runtime's steady clock.
    began: Duration,
}

struct Leader {
    term: u64,
    /// Applied records and everything proposed since.
    view: View,
    last: BatchId,
    now: Timestamp,
    in_flight: VecDeque<Group>,
}

/// Works until leadership ends; `false` when the server stops.
pub(super) async fn lead(
    task: &mut WriterTask,
    term: u64,
    applied: Applied,
    leadership: &mut watch::Receiver<Leadership>,
) -> bool {
    let mut leader =
        Leader { term, view: applied.view, last: applied.last, now: applied.now, in_flight: VecDeque::new() };
    let mut proposals = FuturesOrdered::new();
    let mut arriving = Vec::with_capacity(BATCH);
    let mut waiting = VecDeque::new();
    let mut gathering = Gathering::new(task.runtime.clone());
    loop {
        if let Some(free) =
            task.node.free_bytes().filter(|free| *free < DISK_RESERVE_BYTES && !waiting.is_empty())
        {
            short_of_disk(task, free, std::mem::take(&mut waiting)).await;
        }
        while gathering.is_over(waiting.len(), proposals.len()) {
            proposals.extend(leader.decide(&mut waiting, task).map(|batch| task.node.propose(batch)));
            // Whoever carries the batch further may have to run where this task does: it goes before the next is decided.
            tokio::task::yield_now().await;
        }
        tokio::select! {
            biased;
            Some(result) = proposals.next(), if !proposals.is_empty() => match leader.finish(result, task) {
                Ok(answered) => gathering.expect(answered + leader.requests_in_flight() + waiting.len()),
                Err(error) => {
                    leader.abandon(&error, task);
                    refuse(waiting);
                    // The chain is broken: what is still on its way will be refused. Begin again on applied records.
                    while proposals.next().await.is_some() {}
                    return true;
                }
            },
            changed = leadership.changed() => {
                leader.abandon(&ProposeError::LostLeadership { leader: None }, task);
                refuse(waiting);
                while proposals.next().await.is_some() {}
                return changed.is_ok();
            }
            count = task.receiver.recv_many(&mut arriving, BATCH), if waiting.len() < BATCH => {
                if count == 0 {
                    return false;
                }
                waiting.extend(arriving.drain(..));
            }
            () = gathering.patience(), if !waiting.is_empty() && proposals.is_empty() => {
                gathering.expect(waiting.len());
            }
        }
    }
}

/// Requests that were taken from the queue but not run: nothing happened, whoever sent them may try again.
fn refuse(waiting: VecDeque<Submission>) {
    for submission in waiting {
        let _ = submission.reply.send(Err(WriteError::NotLeader { leader: None }));
    }
}

/// Nothing happened: the next member may have more room, and if there is none, whoever asked is told.
async fn short_of_disk(task: &WriterTask, free: u64, waiting: VecDeque<Submission>) {
    tracing::warn!(free, reserve = DISK_RESERVE_BYTES, "the disk of the data folder is full");
    if task.node.pass_leadership_on().await {
        return refuse(waiting);
    }
    let message = format!(
        "the disk of the server is full: {free} bytes are free, {DISK_RESERVE_BYTES} have to be for a write"
    );
    for submission in waiting {
        let _ = submission.reply.send(Err(WriteError::Storage(message.clone())));
    }
}

impl Leader {
    /// Runs waiting requests until the batch is full; the batch they make, if they change anything.
    fn decide(&mut self, waiting: &mut VecDeque<Submission>, task: &WriterTask) -> Option<Batch> {
        self.now = task.clock.after(self.now);
        let mut draft = Draft::new(self.view.revision() + 1);
        let mut replies = Vec::with_capacity(waiting.len().min(BATCH));
        let mut seed = [0; 32];
        task.runtime.fill_random(&mut seed);
        let began = task.runtime.monotonic();
        let in_time = || task.runtime.monotonic().saturating_sub(began) < BATCH_TIME;
        while draft.bytes < BATCH_BYTES && replies.len() < BATCH && in_time() {
            let Some(submission) = waiting.pop_front() else { break };
            // One draw serves the batch: seeds are keys of a stream cipher, which only have to differ.
            seed[31] = seed[31].wrapping_add(1);
            replies.push(self.run(submission, seed, &mut draft, &task.causes));
        }
        WRITER_BATCHES.counter(&[]).increment(1);
        WRITER_REQUESTS.counter(&[]).increment(replies.len() as u64);
        if draft.changes.is_empty() {
            self.answer_without_change(replies, task);
            return None;
        }
        self.in_flight.push_back(Group { revision: draft.revision, replies, began });
        let (changes, changed) = draft.into_log(&task.cluster_id);
        let batch = Batch { term: self.term, previous: self.last, now: self.now, changes };
        self.last = batch.id();
        task.replica.decided().keep(Made { id: self.last, view: self.view.clone(), changes: changed });
        Some(batch)
    }

    fn run(&mut self, submission: Submission, seed: [u8; 32], draft: &mut Draft, causes: &Causes) -> Reply {
        let Submission { work, reply: to, span } = submission;
        let span = span.then("writer.run");
        if work.holds.is_some_and(|holds| !holds(&self.view)) {
            return Reply { to, result: Err(WriteError::Moved), spans: Vec::new() };
        }
        let mut spans = Vec::new();
        let principal = causes.concern(&span).then(|| work.caller.principal.clone());
        let cx = Context::new(self.view.clone(), work.caller, self.now, seed);
        let mut cx = cx.committed_as(draft.revision);
        let result = (work.run)(&mut cx).map_err(WriteError::Service);
        let result = result.and_then(|answer| {
            let (changes, view) = cx.into_outcome();
            draft.add(&changes, &self.view)?;
            if !changes.is_empty() {
                // Not applied once more: in the trees of ten thousand records that is half of what a launch costs.
                self.view = view;
                spans = principal.map_or_else(Vec::new, |who| causes.changed(span, &changes, &who));
            }
            Ok(answer)
        });
        Reply { to, result, spans }
    }

    /// Nothing to commit: the answers wait for what they saw, which may still be on its way. Where nothing is, they wait
    /// until a majority says that this member still leads: a deposed leader would refuse what it should take, and
    /// call done what was undone since.
    fn answer_without_change(&mut self, replies: Vec<Reply>, task: &WriterTask) {
        match self.in_flight.back_mut() {
            Some(group) => group.replies.extend(replies),
            None => {
                let group = Group { revision: self.view.revision(), replies, began: Duration::ZERO };
                let confirmed = answer_confirmed(task.node.clone(), self.term, group);
                task.runtime.spawn("confirmed answers", Box::pin(confirmed));
            }
        }
    }

    /// The oldest batch has an outcome; how many requests it answers.
    fn finish(
        &mut self,
        result: Result<u64, ProposeError>,
        task: &WriterTask,
    ) -> Result<usize, ProposeError> {
        result?;
        let Some(group) = self.in_flight.pop_front() else { return Ok(0) };
        let answered = group.replies.len();
        task.commit_seconds.record(task.runtime.monotonic().saturating_sub(group.began).as_secs_f64());
        answer(group);
        Ok(answered)
    }

    fn requests_in_flight(&self) -> usize {
        self.in_flight.iter().map(|group| group.replies.len()).sum()
    }

    /// No batch on its way will be answered for.
    fn abandon(&mut self, error: &ProposeError, task: &WriterTask) {
        task.replica.decided().forget();
        for reply in self.in_flight.drain(..).flat_map(|group| group.replies) {
            let error = match error {
                ProposeError::TooLarge { .. } | ProposeError::Full => WriteError::Storage(error.to_string()),
                ProposeError::Stopped => WriteError::Stopped,
                _ => WriteError::Unknown,
            };
            let _ = reply.to.send(Err(error));
        }
    }
}

/// Answers once this member is known to lead in `term` still.
async fn answer_confirmed(node: RaftNode, term: u64, group: Group) {
    let leads = node.read_index().await.is_ok() && node.leadership().borrow().leads() == Some(term);
    if leads {
        return answer(group);
    }
    for reply in group.replies {
        // Here and below: a client that hung up does not hear what became of its request.
        let _ = reply.to.send(Err(WriteError::Unknown));
    }
}

fn answer(group: Group) {
    for Reply { to, result, spans } in group.replies {
        drop(spans);
        let _ = to.send(result.map(|answer| Done { answer, revision: group.revision }));
    }
}

/// A batch in the making. It keeps every change in order and not only the last word on each key, so that whoever follows
/// the log sees each.
struct Draft {
    revision: Revision,
    changes: Vec<LogChange>,
    /// The same with the records, for the replica of this member.
    changed: Vec<Changed>,
    bytes: usize,
}

impl Draft {
    const fn new(revision: Revision) -> Self {
        Self { revision, changes: Vec::new(), changed: Vec::new(), bytes: 0 }
    }

    /// Adds what one request changes of `view`, unless it is more than is left of what a log entry may hold.
    fn add(&mut self, changes: &Changes, view: &View) -> Result<(), WriteError> {
        let before = self.changes.len();
        self.changes.extend(changes.iter().map(|(key, change)| LogChange {
            key: key.as_str().to_owned(),
            value: match change {
                Change::Put(record) => Some(record_bytes(record)),
                Change::Delete => None,
            },
        }));
        let size = |change: &LogChange| change.key.len() + change.value.as_ref().map_or(0, Vec::len);
        let bytes: usize = self.changes[before..].iter().map(size).sum();
        if self.bytes + bytes > ENTRY_BYTES {
            self.changes.truncate(before);
            let message =
                format!("the request changes {bytes} bytes of records at once; {ENTRY_BYTES} is the limit");
            return Err(WriteError::Storage(message));
        }
        self.bytes += bytes;
        self.changed.extend(changes.iter().filter_map(|(key, change)| changed(key, change, view)));
        Ok(())
    }

    /// The changes for the log and for the replica. The first batch of all also names the cluster.
    fn into_log(mut self, cluster_id: &str) -> (Vec<LogChange>, Vec<Changed>) {
        let revision = revision_bytes(self.revision);
        self.changes.push(LogChange { key: REVISION_KEY.to_owned(), value: Some(revision) });
        if self.revision == 1 {
            self.changes.extend(cluster_changes(cluster_id, CLUSTER_VERSION));
        }
        (self.changes, self.changed)
    }
}

/// `None`: what is not there was removed.
fn changed(key: &Key, change: &Change, before: &View) -> Option<Changed> {
    let before = before.stored_untyped(key).map(|(revision, record)| (revision, record.clone()));
    let after = match change {
        Change::Put(record) => Some(record.clone()),
        Change::Delete => None,
    };
    (before.is_some() || after.is_some()).then(|| Changed { key: key.clone(), before, after })
}
