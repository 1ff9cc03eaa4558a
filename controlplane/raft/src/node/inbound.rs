//! What other members ask of this one.

use super::{Leadership, RaftNode};
use crate::state::{SnapshotData, receive};
use crate::transport::{Inbound, IncomingChunks, Method, Rejected};
use crate::types::NodeId;
use crate::wire::{self, SnapshotHeader, SnapshotReply};
use bytes::Bytes;
use controlplane_types::BoxFuture;
use minicbor::{Decode, Encode};
use openraft::raft::AppendEntriesResponse;
use openraft::storage::Snapshot;
use tokio::sync::oneshot;

/// Answers requests that another member's server forwarded here.
pub trait ForwardHandler: Send + Sync + 'static {
    /// Answers `body`, sent by member `from`. The error's text travels back.
    fn handle(&self, from: NodeId, body: Bytes) -> BoxFuture<Result<Bytes, String>>;
}

impl Inbound for RaftNode {
    fn call(&self, method: Method, body: Bytes) -> BoxFuture<Result<Bytes, Rejected>> {
        let node = self.clone();
        Box::pin(async move { node.answer(method, &body).await.map_err(Rejected) })
    }

    fn receive_snapshot(&self, header: Bytes, chunks: IncomingChunks) -> BoxFuture<Result<Bytes, Rejected>> {
        let (node, runtime) = (self.clone(), self.core.links.runtime.clone());
        let (done, result) = oneshot::channel();
        let task = async move {
            // The caller may have gone, and a transport drops a call whose caller has. What arrived is kept for it.
            let _ = done.send(node.take_snapshot(&header, chunks).await.map_err(Rejected));
        };
        runtime.spawn("receiving a snapshot", Box::pin(task));
        Box::pin(
            async move { result.await.unwrap_or_else(|_| Err(Rejected("the server stopped".to_owned()))) },
        )
    }

    fn boot(&self) -> u64 {
        self.core.links.boot
    }

    fn ended(&self) -> BoxFuture<()> {
        let mut leadership = self.core.leadership.clone();
        Box::pin(async move {
            // An error means that the node is gone.
            let _ = leadership.wait_for(|leadership| *leadership == Leadership::Stopped).await;
        })
    }
}

fn read<T: for<'b> Decode<'b, ()>>(body: &[u8]) -> Result<T, String> {
    wire::decode("request", body).map_err(|error| error.to_string())
}

fn reply<T: Encode<()>>(record: T) -> Result<Bytes, String> {
    Ok(Bytes::from(wire::encode(&record)))
}

fn text(error: impl std::error::Error) -> String {
    error.to_string()
}

impl RaftNode {
    async fn answer(&self, method: Method, envelope: &[u8]) -> Result<Bytes, String> {
        let raft = &self.core.raft;
        let (from, body) = self.core.links.open(envelope)?;
        match method {
            Method::Append => self.append(&body).await,
            Method::Vote => {
                let request = read::<wire::VoteRequest>(&body)?.into();
                reply(wire::VoteReply::from(raft.vote(request).await.map_err(text)?))
            }
            Method::PreVote => {
                let request = read::<wire::VoteRequest>(&body)?.into();
                reply(wire::VoteReply::from(raft.pre_vote(request).await.map_err(text)?))
            }
            Method::Transfer => {
                let request = read::<wire::TransferRequest>(&body)?.into();
                reply(wire::TransferReply::from(raft.handle_transfer_leader(request).await.map_err(text)?))
            }
            Method::ReadIndex => reply(self.core.reader.answer(&self.core).await?),
            Method::Forward => {
                let handler = self.core.forward.get().ok_or("this server takes no forwarded requests yet")?;
                handler.handle(from, body.into()).await
            }
            Method::LeaderGone => reply(self.core.vigil.answer(&self.core, read(&body)?).await),
            Method::Greet => reply(self.core.welcome(from, read(&body)?).await),
            Method::Resume => reply(self.core.state.transfer_point(&read(&body)?)),
        }
    }

    async fn append(&self, body: &[u8]) -> Result<Bytes, String> {
        let runtime = self.core.links.runtime.as_ref();
        self.core.heard.now(runtime);
        let request = read::<wire::AppendRequest>(body)?.try_into().map_err(text)?;
        let response = self.core.raft.append_entries(request).await.map_err(text)?;
        if !matches!(response, AppendEntriesResponse::HigherVote(_)) {
            self.core.accepted.now(runtime);
        }
        let last = self.core.links.log.durable_last().map(wire::LogIdRecord::from);
        // Read last: the leader takes it for the moment the answer left.
        reply(wire::AppendAnswer { reply: response.into(), last, clock: runtime.now() })
    }

    async fn take_snapshot(&self, envelope: &[u8], chunks: IncomingChunks) -> Result<Bytes, String> {
        let (_, body) = self.core.links.open(envelope)?;
        let header: SnapshotHeader = read(&body)?;
        let meta = header.meta().map_err(text)?;
        self.core.heard.now(self.core.links.runtime.as_ref());
        let receiving = receive(&self.core.state, header.id, header.from, meta.last_log_id, chunks);
        let received = receiving.await.map_err(text)?;
        let snapshot = Snapshot { meta, snapshot: SnapshotData::Received(received) };
        let response =
            self.core.raft.install_full_snapshot(header.vote.into(), snapshot).await.map_err(text)?;
        reply(SnapshotReply { vote: response.vote.into() })
    }
}
