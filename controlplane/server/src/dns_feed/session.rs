//! One DNS server's session, from its first status to its end.

use super::{DnsFeed, FeedLink, Pending, Session, Subscriber, messages};
use crate::cluster::{ELECTION_PATIENCE, Lead};
use crate::writer::{Work, WriteError};
use controlplane_proto::dns::{FeedMessage, FeedStatus};
use controlplane_services_kernel::{Caller, Operation};
use controlplane_services_native::dns_server::{RegisterDnsServer, RegisterDnsServerInput};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};

/// A DNS server that says nothing by then is shown out.
const STATUS_WITHIN: Duration = Duration::from_secs(10);

/// Why a session ends.
#[derive(Debug, thiserror::Error)]
enum SessionEnd {
    #[error("it hung up")]
    HungUp,
    #[error("it is too slow for its messages")]
    Choked,
    #[error("it sent no status")]
    Silent,
    #[error("it cannot be registered: {0}")]
    NotRegistered(WriteError),
    #[error("this server does not lead")]
    NotLeading,
    #[error("another session of the same server took over")]
    Replaced,
    #[error("its certificate is for {0}")]
    NotItself(String),
}

pub(super) async fn serve(feed: DnsFeed, mut link: FeedLink) {
    let first = tokio::select! {
        biased;
        status = link.from_dns.recv() => status.ok_or(SessionEnd::HungUp),
        () = feed.0.runtime.sleep(STATUS_WITHIN) => Err(SessionEnd::Silent),
    };
    let (server, end) = match first {
        Ok(status) => match link.server.clone().filter(|own| *own != status.server) {
            Some(own) => (status.server, SessionEnd::NotItself(own)),
            None => (status.server.clone(), run(&feed, &mut link, status).await),
        },
        Err(end) => (String::new(), end),
    };
    if matches!(end, SessionEnd::NotLeading) {
        // Whoever does not listen finds another server by itself.
        let _ = link.to_dns.try_send(messages::not_leading(feed.0.cluster.servers()));
    }
    tracing::info!(%server, %end, "DNS session ended");
}

async fn run(feed: &DnsFeed, link: &mut FeedLink, first: FeedStatus) -> SessionEnd {
    static NUMBERS: AtomicU64 = AtomicU64::new(1);
    if feed.0.cluster.lead(ELECTION_PATIENCE).await != Lead::Here {
        return SessionEnd::NotLeading;
    }
    let mut leadership = feed.0.cluster.leadership();
    leadership.mark_unchanged();
    let revision = match register(feed, &first).await {
        Ok(revision) => revision,
        Err(end) => return end,
    };
    let session = Arc::new(Session {
        number: NUMBERS.fetch_add(1, Ordering::Relaxed),
        changed: Mutex::new(Pending { snapshot: true, ..Pending::default() }),
        questions: Mutex::default(),
        latencies: Mutex::default(),
        node_votes: Mutex::default(),
        look: Notify::new(),
    });
    let server = first.server.clone();
    tracing::info!(%server, "DNS session");
    let subscriber = Subscriber {
        session: Some(session.clone()),
        serves: 0,
        gone_at: None,
        health_address: first.health_address.clone(),
        checker_region: first.checker_region.clone(),
        takes_latencies: first.takes_latencies,
        takes_node_votes: first.takes_node_votes,
        observations: BTreeMap::new(),
    };
    let latencies = feed.0.latencies.merge(feed.0.runtime.monotonic());
    if !latencies.networks.is_empty() {
        subscriber.hand(&latencies);
    }
    feed.welcome(server.clone(), subscriber);
    session.look.notify_one();
    let mut running = Running { feed, server: server.clone(), session: session.clone(), sent: 0 };
    running.take_observations(first);
    let end = if feed.0.replica.wait_revision(revision).await.is_none() {
        SessionEnd::NotLeading
    } else {
        running.until_end(link, &mut leadership).await
    };
    feed.left(&server, session.number);
    end
}

async fn register(feed: &DnsFeed, first: &FeedStatus) -> Result<u64, SessionEnd> {
    let input = RegisterDnsServerInput {
        name: first.server.clone(),
        health_address: first.health_address.clone(),
        checker_region: first.checker_region.clone(),
        logs_queries: first.logs_queries,
    };
    let caller = Caller::system(feed.0.settings.region.clone());
    let work =
        Work::new(caller, move |cx| RegisterDnsServer::run(&input, cx).map(|output| Box::new(output) as _));
    feed.0.writer.write(work).await.map(|done| done.revision).map_err(|error| match error {
        WriteError::NotLeader { .. } | WriteError::Unknown => SessionEnd::NotLeading,
        error => SessionEnd::NotRegistered(error),
    })
}

impl DnsFeed {
    /// Notes the end of a session, unless a newer one of the same server runs.
    fn left(&self, server: &str, number: u64) {
        let now = self.0.runtime.monotonic();
        let mut subscribers = self.subscribers();
        let Some(subscriber) = subscribers.get_mut(server) else { return };
        if subscriber.session.as_ref().is_some_and(|session| session.number == number) {
            subscriber.session = None;
            subscriber.gone_at = Some(now);
        }
    }
}

struct Running<'f> {
    feed: &'f DnsFeed,
    server: String,
    session: Arc<Session>,
    /// Newest generation sent; 0 before the snapshot.
    sent: u64,
}

impl Running<'_> {
    async fn until_end(
        &mut self,
        link: &mut FeedLink,
        leadership: &mut tokio::sync::watch::Receiver<controlplane_raft::Leadership>,
    ) -> SessionEnd {
        loop {
            let step = tokio::select! {
                biased;
                status = link.from_dns.recv() => match status {
                    Some(status) => self.hear(status),
                    None => Err(SessionEnd::HungUp),
                },
                () = self.session.look.notified() => {
                    let to_dns = &link.to_dns;
                    let sent = self.send_questions(to_dns).and_then(|()| self.send_news(to_dns));
                    sent.and_then(|()| self.send_latencies(to_dns)).and_then(|()| self.send_node_votes(to_dns))
                }
                _ = leadership.changed() => Err(SessionEnd::NotLeading),
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    fn hear(&mut self, mut status: FeedStatus) -> Result<(), SessionEnd> {
        if let Some(answer) = status.answer.take() {
            self.feed.0.asked.answered(answer);
            return Ok(());
        }
        let ours = status.cluster_id == self.feed.0.settings.cluster_id;
        let serves = status.generation;
        self.take_observations(status);
        let mut subscribers = self.feed.subscribers();
        let subscriber = subscribers.get_mut(&self.server).ok_or(SessionEnd::Replaced)?;
        if subscriber.session.as_ref().is_none_or(|session| session.number != self.session.number) {
            return Err(SessionEnd::Replaced);
        }
        if ours && serves > subscriber.serves && serves <= self.sent {
            subscriber.serves = serves;
            self.feed.0.look.notify_one();
        }
        Ok(())
    }

    /// Takes in what it saw of health checks, and how far its clients are.
    fn take_observations(&self, status: FeedStatus) {
        let now = self.feed.0.runtime.monotonic();
        if let Some(subscriber) = self.feed.subscribers().get_mut(&self.server) {
            let region = &subscriber.checker_region;
            self.feed.0.latencies.hear(&self.server, region, status.latencies, now);
            for seen in status.observations {
                subscriber.observations.insert(seen.health_check_id.clone(), seen);
            }
            for id in status.removed_observations {
                subscriber.observations.remove(&id);
            }
        }
    }

    fn send_news(&mut self, to_dns: &mpsc::Sender<FeedMessage>) -> Result<(), SessionEnd> {
        let pending =
            std::mem::take(&mut *self.session.changed.lock().unwrap_or_else(PoisonError::into_inner));
        let settings = &self.feed.0.settings;
        let message = match pending.view {
            _ if pending.snapshot || self.sent == 0 => {
                let servers = self.feed.0.cluster.servers();
                messages::snapshot(settings, servers, &self.feed.0.replica.applied().view)
            }
            // What a snapshot already brought is not said again.
            Some(view) if view.revision() > self.sent => {
                messages::delta(settings, &view, self.sent, &pending.keys)
            }
            _ => return Ok(()),
        };
        self.sent = message.generation;
        send(to_dns, message)
    }

    /// After the zones, without which the server has nothing to decide.
    fn send_latencies(&self, to_dns: &mpsc::Sender<FeedMessage>) -> Result<(), SessionEnd> {
        let table = self.session.latencies.lock().unwrap_or_else(PoisonError::into_inner).take();
        table.map_or(Ok(()), |table| send(to_dns, messages::latencies(&table)))
    }

    /// After the checks that they are about.
    fn send_node_votes(&self, to_dns: &mpsc::Sender<FeedMessage>) -> Result<(), SessionEnd> {
        let table = self.session.node_votes.lock().unwrap_or_else(PoisonError::into_inner).take();
        table.map_or(Ok(()), |table| send(to_dns, messages::node_votes(&table)))
    }

    fn send_questions(&self, to_dns: &mpsc::Sender<FeedMessage>) -> Result<(), SessionEnd> {
        let questions =
            std::mem::take(&mut *self.session.questions.lock().unwrap_or_else(PoisonError::into_inner));
        questions.into_iter().map(messages::question).try_for_each(|message| send(to_dns, message))
    }
}

fn send(to_dns: &mpsc::Sender<FeedMessage>, message: FeedMessage) -> Result<(), SessionEnd> {
    to_dns.try_send(message).map_err(|error| match error {
        mpsc::error::TrySendError::Full(_) => SessionEnd::Choked,
        mpsc::error::TrySendError::Closed(_) => SessionEnd::HungUp,
    })
}
