//! A server without sockets.

use crate::agents::{AgentSettings, Agents};
use crate::backup::Lineage;
use crate::bootstrap::FirstStart;
use crate::clock::Clock;
use crate::cluster::Cluster;
use crate::cluster::clocks::{self, Clocks};
use crate::cluster::membership::Care;
use crate::cluster::votes::Votes;
use crate::controllers;
use crate::dns_feed::{DnsFeed, FeedSettings};
use crate::reads::Reads;
use crate::registry::SERVICES;
use crate::replica::Replica;
use crate::writer::{CLUSTER_VERSION, Work, WriteError, Writer};
use controlplane_raft::{Config, Leadership, RaftNode, Stores, Transport};
use controlplane_services_kernel::{Caller, ServiceError};
use controlplane_types::{RegionName, Runtime};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Between attempts of a first start that could not be written.
const FIRST_START_RETRY: Duration = Duration::from_millis(200);

/// What a core is made from.
pub struct CoreConfig {
    /// This member and its cluster.
    pub raft: Config,
    /// What the region begins with.
    pub first_start: FirstStart,
    /// How long a node may be silent before it counts as not ready.
    pub node_grace: Duration,
}

/// A running server without sockets.
#[derive(Clone)]
pub struct Core {
    /// This member of the cluster.
    pub node: RaftNode,
    /// The members, and who leads.
    pub cluster: Cluster,
    /// Its applied records.
    pub replica: Replica,
    /// Consistent reads.
    pub reads: Reads,
    /// Changes.
    pub writer: Writer,
    /// Sessions of agents.
    pub agents: Agents,
    /// Sessions of DNS servers.
    pub dns_feed: DnsFeed,
    /// What the region begins with.
    pub first_start: Arc<FirstStart>,
    /// Which cluster this is, its incarnation included ([`Lineage`]).
    pub cluster_id: String,
    /// Time, randomness, tasks.
    pub runtime: Arc<dyn Runtime>,
    prepared: watch::Receiver<bool>,
}

impl Core {
    /// Starts every task of a member.
    pub async fn start(
        config: CoreConfig,
        stores: Stores,
        transport: Arc<dyn Transport>,
        runtime: Arc<dyn Runtime>,
    ) -> Result<Self, CoreError> {
        let cluster_id = config.raft.cluster.clone();
        let region = config.first_start.region.clone();
        let deciding = runtime.apart("deciding").unwrap_or_else(|| runtime.clone());
        let node = RaftNode::start(config.raft, deciding.clone(), stores, transport).await?;
        check_version(&node).await?;
        let cluster = Cluster::new(node.clone(), runtime.clone());
        let replica = Replica::start(&node, SERVICES, &deciding).await?;
        if let Err(error) = config.first_start.check(&replica.applied().view) {
            node.shutdown().await;
            return Err(CoreError::Elsewhere(error));
        }
        let clock = Clock::new(runtime.clone());
        let writer =
            Writer::start(node.clone(), replica.clone(), cluster_id.clone(), clock.clone(), deciding);
        controllers::start(SERVICES, &node, replica.clone(), writer.clone(), clock.clone(), &runtime);
        let care = Care {
            node: node.clone(),
            replica: replica.clone(),
            writer: writer.clone(),
            cluster: cluster_id.clone(),
            region: region.clone(),
            runtime: runtime.clone(),
        };
        runtime.spawn("membership", Box::pin(care.keep()));
        let votes = Votes {
            node: node.clone(),
            replica: replica.clone(),
            writer: writer.clone(),
            region: region.clone(),
            runtime: runtime.clone(),
            leaving: cluster.leaving().clone(),
        };
        runtime.spawn("votes", Box::pin(votes.keep()));
        start_clocks(&node, &replica, &writer, &region, &runtime);
        let Lineage { cluster: cluster_name, incarnation } = Lineage::parse(&cluster_id);
        let settings = AgentSettings {
            cluster_id: cluster_name.clone(),
            incarnation,
            region: region.clone(),
            grace: config.node_grace,
        };
        let feed = FeedSettings { cluster_id: cluster_name, incarnation, region };
        let dns_feed =
            DnsFeed::start(feed, cluster.clone(), replica.clone(), writer.clone(), runtime.clone());
        let agents = Agents::start(
            settings,
            cluster.clone(),
            replica.clone(),
            writer.clone(),
            dns_feed.clone(),
            runtime.clone(),
        );
        let first_start = Arc::new(config.first_start);
        let (announce, prepared) = watch::channel(false);
        let prepare = prepare(node.clone(), writer.clone(), first_start.clone(), runtime.clone(), announce);
        runtime.spawn("first-start", Box::pin(prepare));
        let reads = Reads::start(node.clone(), replica.clone(), clock, runtime.clone());
        Ok(Self {
            node,
            cluster,
            replica,
            reads,
            writer,
            agents,
            dns_feed,
            first_start,
            cluster_id,
            runtime,
            prepared,
        })
    }

    /// Which history the revisions of this region belong to: they are never compared with those of another one.
    pub fn history(&self) -> &str {
        &self.cluster_id
    }

    /// Completes when this member can serve: it has made the first start, or another member leads.
    pub async fn ready(&self) {
        // An error means that the core is stopping, which ends the wait as well.
        let _ = self.prepared.clone().wait_for(|prepared| *prepared).await;
    }
}

/// Why a core does not start.
#[derive(Debug, thiserror::Error)]
pub enum CoreError {
    /// Raft does not.
    #[error(transparent)]
    Raft(#[from] controlplane_raft::StartError),
    /// A newer program has written here, and this one must not guess.
    #[error("the records have format {found}, this program knows up to {known}: use a newer one")]
    Newer {
        /// On disk.
        found: u32,
        /// Here.
        known: u32,
    },
    /// The cluster began in another region.
    #[error("--region: {0}")]
    Elsewhere(ServiceError),
    /// The records cannot be read.
    #[error("the records cannot be read")]
    Store(#[from] controlplane_raft::StoreError),
}

async fn check_version(node: &RaftNode) -> Result<(), CoreError> {
    match node.cluster().await? {
        Some(cluster) if cluster.version > CLUSTER_VERSION => {
            node.shutdown().await;
            Err(CoreError::Newer { found: cluster.version, known: CLUSTER_VERSION })
        }
        _ => Ok(()),
    }
}

fn start_clocks(
    node: &RaftNode,
    replica: &Replica,
    writer: &Writer,
    region: &RegionName,
    runtime: &Arc<dyn Runtime>,
) {
    let clocks = Clocks {
        node: node.clone(),
        replica: replica.clone(),
        writer: writer.clone(),
        region: region.clone(),
        runtime: runtime.clone(),
    };
    runtime.spawn("clocks", Box::pin(clocks.keep()));
    let listen = clocks::listen(replica.clone(), region.clone(), node.id());
    runtime.spawn("own-clock", Box::pin(listen));
}

/// At each leadership of this member: whatever the region lacks of its first start is made.
async fn prepare(
    node: RaftNode,
    writer: Writer,
    first_start: Arc<FirstStart>,
    runtime: Arc<dyn Runtime>,
    announce: watch::Sender<bool>,
) {
    let mut leadership = node.leadership();
    loop {
        let current = *leadership.borrow_and_update();
        match current {
            Leadership::Leader { .. } => match make(&writer, &first_start).await {
                Ok(()) => {
                    announce.send_replace(true);
                }
                Err(WriteError::Stopped) => return,
                Err(error) => {
                    tracing::error!(%error, "the first start cannot be completed");
                    runtime.sleep(FIRST_START_RETRY).await;
                    continue;
                }
            },
            Leadership::Follower { leader: Some(_), .. } => {
                announce.send_replace(true);
            }
            Leadership::Stopped => return,
            _ => {}
        }
        if leadership.changed().await.is_err() {
            return;
        }
    }
}

async fn make(writer: &Writer, first_start: &Arc<FirstStart>) -> Result<(), WriteError> {
    let start = first_start.clone();
    let work = Work::new(Caller::system(first_start.region.clone()), move |cx| {
        start.run(cx)?;
        Ok(Box::new(()) as _)
    });
    writer.write(work).await.map(|_| ())
}
