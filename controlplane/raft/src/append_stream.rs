//! What goes to a follower: entries, and the committed index only when no entries take it along.
//!
//! openraft sends a message of its own to every follower whenever the committed index moves. A busy leader has the next
//! entries a moment later, and they carry the index too, so half of all messages would say nothing new. Here an empty
//! message waits that moment for a newer one to replace it. Nobody who was promised something waits with it: a write is
//! answered when a majority *has* it, and a heartbeat is a stream of one message, whose end says that nothing will follow.
//!
//! What it costs: a follower applies what the last write of a burst did up to [`COMMIT_WAITS`] later.

use crate::types::Types;
use controlplane_types::Runtime;
use futures::stream::{BoxStream, unfold};
use futures::{Stream, StreamExt};
use openraft::raft::AppendEntriesRequest;
use std::sync::Arc;
use std::time::Duration;

/// The least a timer can wait.
const COMMIT_WAITS: Duration = Duration::from_millis(1);

/// `requests` without the empty ones that a newer one follows closely.
pub(crate) fn without_stale_commits<S>(
    requests: S,
    runtime: Arc<dyn Runtime>,
) -> BoxStream<'static, AppendEntriesRequest<Types>>
where
    S: Stream<Item = AppendEntriesRequest<Types>> + Send + Unpin + 'static,
{
    // Fused: the end may be met while waiting behind the last request, and is asked for once more after it.
    unfold((requests.fuse(), runtime), |(mut requests, runtime)| async move {
        let mut request = requests.next().await?;
        while request.entries.is_empty() {
            match runtime.within(COMMIT_WAITS, requests.next()).await {
                Some(Some(newer)) => request = newer,
                Some(None) | None => break,
            }
        }
        Some((request, (requests, runtime)))
    })
    .boxed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::Sim;
    use crate::types::{Entry, LogId, Payload, Vote};
    use futures::channel::mpsc;

    fn request(committed: u64, entries: u64) -> AppendEntriesRequest<Types> {
        let id = |index| LogId::new(1.into(), index);
        let entries = (0..entries).map(|index| Entry { log_id: id(index), payload: Payload::Blank });
        AppendEntriesRequest {
            vote: Vote::new(1, 1),
            prev_log_id: None,
            entries: entries.collect(),
            leader_commit: Some(id(committed)),
        }
    }

    fn sent(requests: Vec<AppendEntriesRequest<Types>>, ends: bool) -> Vec<(u64, usize)> {
        let sim = Sim::new(1);
        let machine: Arc<dyn Runtime> = sim.machine("leader");
        let (sender, receiver) = mpsc::unbounded();
        for request in requests {
            sender.unbounded_send(request).unwrap();
        }
        let kept = (!ends).then_some(sender);
        let mut stream = without_stale_commits(receiver, machine.clone());
        let collect = async move {
            let mut sent = Vec::new();
            while let Some(Some(request)) = machine.within(Duration::from_secs(1), stream.next()).await {
                sent.push((request.leader_commit.unwrap().index(), request.entries.len()));
            }
            drop(kept);
            sent
        };
        sim.block_on(collect).unwrap()
    }

    #[test]
    fn an_empty_message_gives_way_to_a_newer_one() {
        let busy = vec![request(1, 0), request(2, 0), request(3, 2), request(4, 0), request(5, 1)];
        assert_eq!(sent(busy, false), [(3, 2), (5, 1)]);
    }

    #[test]
    fn an_empty_message_that_nothing_follows_is_sent() {
        assert_eq!(sent(vec![request(1, 1), request(2, 0)], false), [(1, 1), (2, 0)]);
    }

    #[test]
    fn a_heartbeat_goes_at_once() {
        assert_eq!(sent(vec![request(7, 0)], true), [(7, 0)]);
    }
}
