//! Linearizable reads: whoever asks, on whichever member, sees every write that was answered before.

use crate::replica::{Applied, Replica};
use controlplane_raft::{Leadership, RaftNode, ReadError};
use controlplane_services_kernel::{Caller, Reader};
use controlplane_types::Runtime;
use std::sync::Arc;

/// Makes consistent readers.
#[derive(Clone)]
pub struct Reads {
    node: RaftNode,
    replica: Replica,
    runtime: Arc<dyn Runtime>,
}

impl Reads {
    /// Reads of this member.
    pub fn new(node: RaftNode, replica: Replica, runtime: Arc<dyn Runtime>) -> Self {
        Self { node, replica, runtime }
    }

    /// Which member leads, for people.
    pub fn leader(&self) -> String {
        match *self.node.leadership().borrow() {
            Leadership::Leader { .. } => format!("server {} (this one)", self.node.id()),
            Leadership::Follower { leader: Some(leader), .. } => format!("server {leader}"),
            _ => String::new(),
        }
    }

    /// A view with everything that was committed when the call began.
    pub async fn reader(&self, caller: Caller) -> Result<Reader, ReadError> {
        let applied = self.applied().await?;
        Ok(Reader::new(applied.view, caller, applied.now.max(self.runtime.now())))
    }

    /// Records with everything that was committed when the call began.
    pub async fn applied(&self) -> Result<Applied, ReadError> {
        let index = self.node.read_index().await?;
        self.replica.wait_index(index).await.ok_or(ReadError::Stopped)
    }
}
