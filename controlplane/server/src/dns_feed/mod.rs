//! The feed the DNS servers live on: a snapshot, then ordered deltas, each served generation acknowledged.
//!
//! A generation is the revision of the newest commit that touched anything the DNS serves. Deltas name the generation
//! they extend, so a gap shows; a server that subscribes always starts from a snapshot, because what it held says
//! nothing about what it missed. When every DNS server has acknowledged a change, the change becomes `INSYNC`.
//!
//! Sessions belong to the leader, which alone may write that down. Another member waits for an election to end, if there
//! is one, and then says who leads.

mod ask;
mod confirm;
mod door;
mod latencies;
mod messages;
mod node_votes;
mod routing;
mod session;

pub use ask::AskError;
pub use door::FeedDoor;
pub(crate) use messages::{health_check as told_health_check, record_set as told_record_set};

use crate::cluster::Cluster;
use crate::replica::{Followed, Replica};
use crate::writer::Writer;
use controlplane_proto::dns::{
    FeedMessage, FeedStatus, HealthObservation, LatencyTable, NodeVotesTable, Question,
};
use controlplane_services_kernel::View;
use controlplane_types::{Key, RegionName, Runtime};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};

/// Messages towards one DNS server that may wait; a slower one loses its session and starts again from a snapshot.
const OUTBOX: usize = 256;

/// Whose feed this is.
#[derive(Clone, Debug)]
pub struct FeedSettings {
    /// The cluster every generation belongs to.
    pub cluster_id: String,
    /// Raised by a restore.
    pub incarnation: u64,
    /// Region of this server.
    pub region: RegionName,
}

/// One DNS server's two directions.
pub struct FeedLink {
    /// What it serves and sees.
    pub from_dns: mpsc::Receiver<FeedStatus>,
    /// What it should serve; closed when the server ends the session.
    pub to_dns: mpsc::Sender<FeedMessage>,
    /// The one DNS server it may be, by its certificate; any, in this process or for a control-plane server.
    pub server: Option<String>,
}

/// All feed sessions of this member.
#[derive(Clone)]
pub struct DnsFeed(Arc<Shared>);

struct Shared {
    settings: FeedSettings,
    cluster: Cluster,
    replica: Replica,
    writer: Writer,
    runtime: Arc<dyn Runtime>,
    subscribers: Mutex<BTreeMap<String, Subscriber>>,
    asked: ask::Asked,
    latencies: latencies::Latencies,
    nodes: node_votes::Nodes,
    /// A server acknowledged, or a change waits: see whether something became `INSYNC`.
    look: Notify,
}

/// What is known of one DNS server.
struct Subscriber {
    /// The running session, if there is one.
    session: Option<Arc<Session>>,
    /// Generation it serves.
    serves: u64,
    /// When its last session ended, on the runtime's monotonic clock.
    gone_at: Option<Duration>,
    /// As it said when the session began.
    health_address: String,
    checker_region: String,
    takes_latencies: bool,
    takes_node_votes: bool,
    /// What it sees, by health check.
    observations: BTreeMap<String, HealthObservation>,
}

/// What a DNS server saw of a health check, or a node of one that is probed from inside a VPC.
#[derive(Clone, Debug)]
pub struct Observed {
    /// Its name.
    pub server: String,
    /// Its address, if it is known by one.
    pub address: Option<IpAddr>,
    /// Which of Route 53's checker regions it stands for, empty: each of them; of a node its region.
    pub checker_region: String,
    /// What it saw.
    pub seen: HealthObservation,
}

struct Session {
    number: u64,
    /// What changed since the session looked last.
    changed: Mutex<Pending>,
    questions: Mutex<Vec<Question>>,
    /// The table to send, if there is a new one.
    latencies: Mutex<Option<Arc<LatencyTable>>>,
    node_votes: Mutex<Option<Arc<NodeVotesTable>>>,
    look: Notify,
}

#[derive(Default)]
struct Pending {
    /// Keys of the commits delivered so far.
    keys: BTreeSet<Key>,
    /// Records after the newest of them. The replica may be ahead of it already: what it holds beyond has keys that
    /// were not delivered yet, and a message made from it would leave them out.
    view: Option<View>,
    /// Deltas cannot say it: a snapshot is due.
    snapshot: bool,
}

impl DnsFeed {
    /// Starts following the records for the DNS servers' sake.
    pub fn start(
        settings: FeedSettings,
        cluster: Cluster,
        replica: Replica,
        writer: Writer,
        runtime: Arc<dyn Runtime>,
    ) -> Self {
        let subscribers = Mutex::default();
        let feed = Self(Arc::new(Shared {
            settings,
            cluster,
            replica,
            writer,
            runtime,
            subscribers,
            asked: ask::Asked::default(),
            latencies: latencies::Latencies::default(),
            nodes: node_votes::Nodes::default(),
            look: Notify::new(),
        }));
        feed.0.runtime.spawn("dns-publisher", Box::pin(feed.clone().publish()));
        feed.0.runtime.spawn("dns-latencies", Box::pin(latencies::tell(feed.clone())));
        feed.0.runtime.spawn("dns-node-votes", Box::pin(node_votes::tell(feed.clone())));
        feed.0.runtime.spawn("dns-confirmer", Box::pin(confirm::watch(feed.clone())));
        feed
    }

    /// A pair of links for a DNS server in this process; the session begins at once.
    pub fn connect(&self) -> (mpsc::Sender<FeedStatus>, mpsc::Receiver<FeedMessage>) {
        let (dns_sends, from_dns) = mpsc::channel(OUTBOX);
        let (to_dns, dns_receives) = mpsc::channel(OUTBOX);
        self.accept(FeedLink { from_dns, to_dns, server: None });
        (dns_sends, dns_receives)
    }

    /// Serves a session until either side ends it.
    pub fn accept(&self, link: FeedLink) {
        self.0.runtime.spawn("dns-session", Box::pin(session::serve(self.clone(), link)));
    }

    /// How many DNS servers follow the feed now.
    pub fn connected(&self) -> usize {
        self.subscribers().values().filter(|subscriber| subscriber.session.is_some()).count()
    }

    /// What every DNS server that is there, and every node, saw last of a health check.
    pub fn observations(&self, health_check_id: &str) -> Vec<Observed> {
        let nodes = self.seen_by_nodes(health_check_id);
        let subscribers = self.subscribers();
        let observed = |(server, subscriber): (&String, &Subscriber)| {
            Some(Observed {
                server: server.clone(),
                address: subscriber.health_address.parse::<SocketAddr>().ok().map(|address| address.ip()),
                checker_region: subscriber.checker_region.clone(),
                seen: subscriber.observations.get(health_check_id)?.clone(),
            })
        };
        subscribers
            .iter()
            .filter(|(_, subscriber)| subscriber.session.is_some())
            .filter_map(observed)
            .chain(nodes)
            .collect()
    }

    fn subscribers(&self) -> MutexGuard<'_, BTreeMap<String, Subscriber>> {
        self.0.subscribers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands every commit's keys to the sessions they concern.
    async fn publish(self) {
        let mut commits = self.0.replica.follow();
        loop {
            match commits.next().await {
                Followed::Commit(commit) => {
                    let keys: Vec<Key> =
                        commit.keys().filter(|key| messages::concerns(key)).cloned().collect();
                    if !keys.is_empty() {
                        self.wake(|pending| {
                            pending.keys.extend(keys.iter().cloned());
                            pending.view = Some(commit.after.clone());
                        });
                    }
                }
                Followed::Resync => self.wake(|pending| pending.snapshot = true),
                Followed::Closed => return,
            }
        }
    }

    fn wake(&self, mark: impl Fn(&mut Pending)) {
        for session in self.subscribers().values().filter_map(|subscriber| subscriber.session.as_ref()) {
            mark(&mut session.changed.lock().unwrap_or_else(PoisonError::into_inner));
            session.look.notify_one();
        }
        self.0.look.notify_one();
    }
}
