//! Who the servers are, which of them leads, and how a request gets to that one.
//!
//! Everybody may be asked everything: what needs the leader is passed on to it ([`relay`]), and whoever keeps a session
//! (agents, DNS servers) is told who leads and goes there itself. Why the two differ is in
//! `controlplane/design/0018-sessions-move-requests-are-passed-on.md`.
//!
//! The life of a cluster, in the order in which a server meets it: [`origin`] (found, join or go on), [`entering`] (from a
//! certificate to a member), [`membership`] (the leader promotes, and tidies up), [`votes`] (who counts), [`clocks`], [`standing`] (am I still one?),
//! [`recovery`] (offline, when a majority is lost).

pub(crate) mod clocks;
pub(crate) mod entering;
mod leading;
pub(crate) mod membership;
pub(crate) mod note;
pub(crate) mod origin;
mod recovery;
pub(crate) mod relay;
pub(crate) mod standing;
pub(crate) mod votes;

pub use origin::{Begin, OriginError, Removed};
pub use recovery::{RecoveryError, assess, recover};

use controlplane_proto::cluster::Servers;
use controlplane_raft::{Leadership, NodeId, RaftNode};
use controlplane_types::Runtime;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How long a request or a new session waits for an election to end. Longer than elections take, shorter than the
/// patience of whoever waits.
pub const ELECTION_PATIENCE: Duration = Duration::from_secs(2);

/// Who leads, seen from this server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lead {
    /// This server does, and is ready.
    Here,
    /// Another one.
    There {
        /// Its number.
        number: NodeId,
        /// Its gRPC address.
        address: String,
    },
    /// Nobody, as far as is known.
    Nobody,
}

/// The servers of this cluster.
#[derive(Clone)]
pub struct Cluster {
    node: RaftNode,
    runtime: Arc<dyn Runtime>,
    leaving: votes::Leaving,
}

impl Cluster {
    /// The cluster as `node` sees it.
    pub fn new(node: RaftNode, runtime: Arc<dyn Runtime>) -> Self {
        Self { node, runtime, leaving: votes::Leaving::default() }
    }

    /// Number of this server.
    pub fn number(&self) -> NodeId {
        self.node.id()
    }

    /// gRPC addresses of all servers.
    pub fn addresses(&self) -> BTreeMap<NodeId, String> {
        self.node.members().into_iter().map(|(number, member)| (number, member.address)).collect()
    }

    /// This server's part in the log.
    pub fn node(&self) -> &RaftNode {
        &self.node
    }

    /// Servers that are being removed by this one.
    pub(crate) fn leaving(&self) -> &votes::Leaving {
        &self.leaving
    }

    /// Follows who leads.
    pub fn leadership(&self) -> watch::Receiver<Leadership> {
        self.node.leadership()
    }

    /// What agents, DNS servers and clients are told.
    pub fn servers(&self) -> Servers {
        let addresses = self.addresses();
        let leader = self.leader().and_then(|number| addresses.get(&number).cloned());
        Servers { addresses: addresses.into_values().collect(), leader: leader.unwrap_or_default() }
    }

    /// The number of who leads, if that is known.
    pub fn leader(&self) -> Option<NodeId> {
        match *self.node.leadership().borrow() {
            Leadership::Leader { .. } => Some(self.node.id()),
            Leadership::Follower { leader, .. } => leader,
            Leadership::Settling { .. } | Leadership::Stopped => None,
        }
    }

    /// Who leads; waits at most `patience` for an election to end.
    pub async fn lead(&self, patience: Duration) -> Lead {
        let mut leadership = self.node.leadership();
        let settled = async {
            match leadership.wait_for(is_settled).await.map(|now| *now) {
                Ok(Leadership::Leader { .. }) => Lead::Here,
                Ok(Leadership::Follower { leader: Some(number), .. }) => self.there(number),
                _ => Lead::Nobody,
            }
        };
        tokio::select! {
            biased;
            lead = settled => lead,
            () = self.runtime.sleep(patience) => Lead::Nobody,
        }
    }

    /// Completes when `number` is not known to lead any more.
    pub async fn lost(&self, number: NodeId) {
        let mut leadership = self.node.leadership();
        let other = |now: &Leadership| match now {
            Leadership::Follower { leader, .. } => *leader != Some(number),
            Leadership::Leader { .. } | Leadership::Settling { .. } | Leadership::Stopped => true,
        };
        // An error means that this server stops, which loses the leader as well.
        let _ = leadership.wait_for(other).await;
    }

    /// Waits.
    async fn sleep(&self, duration: Duration) {
        self.runtime.sleep(duration).await;
    }

    fn there(&self, number: NodeId) -> Lead {
        match self.addresses().remove(&number) {
            Some(address) => Lead::There { number, address },
            None => Lead::Nobody,
        }
    }
}

fn is_settled(now: &Leadership) -> bool {
    !matches!(now, Leadership::Settling { .. } | Leadership::Follower { leader: None, .. })
}
