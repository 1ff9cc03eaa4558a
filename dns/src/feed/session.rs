//! Subscribing, again and again: the loop that turns messages into published, kept and acknowledged generations.
//!
//! The order per message is publish, keep on disk, wait for every worker, acknowledge. Publishing comes first because
//! an answer need not wait for the disk; acknowledging comes last because it is the promise that `GetChange` hands
//! to users. A disk that fails does not stop answers: the generation stays unacknowledged and is tried again.

use super::{FeedSource, Subscription};
use crate::board::Board;
use crate::health::checker::Checkers;
use crate::health::probe::Tls;
use crate::health::resolve::Resolver;
use crate::health::way::Outward;
use crate::keeper::Keeper;
use crate::zone::{FeedError, Journal};
use controlplane_proto::dns::FeedMessage;
use controlplane_types::Runtime;
use std::sync::Arc;
use std::time::Duration;

/// First wait after a failed attempt; doubles up to [`MAX_BACKOFF`].
const MIN_BACKOFF: Duration = Duration::from_millis(100);
const MAX_BACKOFF: Duration = Duration::from_secs(3);
/// The same after being sent on by a server that does not lead, which is no failure.
const MIN_REDIRECT: Duration = Duration::from_millis(20);
const MAX_REDIRECT: Duration = Duration::from_millis(250);
/// Between two attempts to write zones to a disk that failed.
const DISK_RETRY: Duration = Duration::from_secs(1);

/// The feed of one server.
pub(crate) struct Session {
    source: Arc<dyn FeedSource>,
    keeper: Arc<Keeper>,
    board: Arc<Board>,
    runtime: Arc<dyn Runtime>,
    journal: Journal,
    checkers: Checkers,
    /// What is published is not on disk.
    unkept: bool,
}

/// What to wait before the next attempt.
struct Pauses {
    backoff: Duration,
    redirect: Duration,
}

impl Pauses {
    /// Nothing went wrong yet.
    const NONE: Self = Self { backoff: MIN_BACKOFF, redirect: MIN_REDIRECT };

    fn after(&mut self, end: &End) -> Duration {
        if matches!(end, End::NotLeading { useful: true } | End::Lost { useful: true } | End::Gap) {
            *self = Self::NONE;
        }
        match end {
            End::NotLeading { .. } => {
                let pause = self.redirect;
                self.redirect = (pause * 2).min(MAX_REDIRECT);
                pause
            }
            End::Lost { useful: false } => {
                self.backoff = (self.backoff * 2).min(MAX_BACKOFF);
                self.backoff
            }
            End::Lost { useful: true } | End::Gap => self.backoff,
        }
    }
}

/// How a subscription ended.
enum End {
    /// The link is gone; whether anything had come over it.
    Lost { useful: bool },
    /// The server does not lead, and said who does; whether it had served before.
    NotLeading { useful: bool },
    /// Deltas no longer fit: ask for a snapshot.
    Gap,
}

impl Session {
    pub(crate) fn new(
        source: Arc<dyn FeedSource>,
        keeper: Arc<Keeper>,
        board: Arc<Board>,
        runtime: Arc<dyn Runtime>,
        journal: Journal,
        tls: Tls,
    ) -> Self {
        let reporter = keeper.clone();
        let report = Arc::new(move |observation| reporter.observe(observation));
        let way = Arc::new(Outward(Resolver::new(runtime.clone(), board.clone())));
        let checkers = Checkers::new(runtime.clone(), way, report, tls);
        Self { source, keeper, board, runtime, journal, checkers, unkept: false }
    }

    /// Runs for ever; the checks of the zones held are run from the start.
    pub(crate) async fn run(mut self) {
        self.checkers.run_exactly(&self.keeper.checks());
        let mut pauses = Pauses::NONE;
        let mut from_nothing = false;
        loop {
            let subscription = self.source.subscribe(self.keeper.hello(from_nothing)).await;
            let end = match subscription {
                Ok(subscription) => self.follow(subscription).await,
                Err(error) => {
                    tracing::info!(error = &error as &dyn std::error::Error, "no feed of zones");
                    End::Lost { useful: false }
                }
            };
            from_nothing = matches!(end, End::Gap);
            self.wait(pauses.after(&end)).await;
        }
    }

    /// Somewhere between half of `pause` and all of it, so that servers do not come back in step.
    async fn wait(&mut self, pause: Duration) {
        let half = pause.as_millis() as u64 / 2;
        let jitter = self.runtime.random() % (half + 1);
        self.runtime.sleep(Duration::from_millis(half + jitter)).await;
        self.keep_again().await;
    }

    /// A status waits for room without keeping messages from being taken: were both directions full, and each
    /// side waiting for the other to read, neither would ever go on.
    async fn follow(&mut self, link: Subscription) -> End {
        let Subscription { statuses, mut messages } = link;
        let (mut useful, mut news) = (false, false);
        loop {
            let retry = self.retry_disk();
            tokio::select! {
                message = messages.recv() => {
                    let Some(message) = message else { return End::Lost { useful } };
                    if let Some(servers) = &message.servers {
                        self.source.learn(servers);
                    }
                    if message.not_leading {
                        return End::NotLeading { useful };
                    }
                    if let Some(question) = message.question {
                        // Without room for it the answer is not missed more than any that comes late.
                        let _ = statuses.try_send(self.keeper.say(question));
                        continue;
                    }
                    if let Some(latencies) = &message.latencies {
                        self.keeper.take_latencies(latencies);
                        continue;
                    }
                    if let Some(votes) = &message.node_votes {
                        self.keeper.hear_nodes(votes);
                        continue;
                    }
                    match self.take(&message).await {
                        Ok(()) => useful = true,
                        Err(error) => return end_of(&error),
                    }
                }
                () = self.keeper.news.notified() => news = true,
                room = statuses.reserve(), if news => {
                    let Ok(room) = room else { return End::Lost { useful } };
                    if let Some(status) = self.keeper.take_status() {
                        room.send(status);
                    }
                    news = false;
                }
                () = retry => self.keep_again().await,
            }
        }
    }

    async fn take(&mut self, message: &FeedMessage) -> Result<(), FeedError> {
        self.keeper.apply(message)?;
        self.checkers.run_exactly(&self.keeper.checks());
        let keeper = &self.keeper;
        let kept = match self.unkept {
            false => self.journal.keep(message, || keeper.to_octets()),
            true => self.journal.rewrite(&keeper.to_octets()),
        };
        self.settle(kept).await;
        Ok(())
    }

    async fn keep_again(&mut self) {
        if self.unkept {
            let kept = self.journal.rewrite(&self.keeper.to_octets());
            self.settle(kept).await;
        }
    }

    async fn settle(&mut self, kept: Result<(), crate::zone::JournalError>) {
        self.unkept = kept.is_err();
        match kept {
            Ok(()) => {
                self.board.served_everywhere(&*self.runtime).await;
                self.keeper.acknowledge();
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "zones are served but not on disk");
            }
        }
    }

    /// Completes when a failed write should be tried again.
    fn retry_disk(&self) -> impl Future<Output = ()> + use<> {
        let sleep = self.unkept.then(|| self.runtime.sleep(DISK_RETRY));
        async move {
            match sleep {
                Some(sleep) => sleep.await,
                None => std::future::pending().await,
            }
        }
    }
}

fn end_of(error: &FeedError) -> End {
    tracing::warn!(%error, "a message of the feed is refused");
    match error {
        FeedError::Gap { .. } | FeedError::UnknownZone(_) => End::Gap,
        _ => End::Lost { useful: false },
    }
}
