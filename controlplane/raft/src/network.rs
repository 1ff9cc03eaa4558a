//! openraft's network, on top of a [`Transport`].

use crate::append_stream::without_stale_commits;
use crate::state::{SnapshotData, send};
use crate::transport::{Method, Peer, Transport, TransportError};
use crate::types::{NodeId, SnapshotMeta, Types, Vote};
use crate::wire::{self, Envelope, LogIdRecord, SnapshotHeader, StoredMembershipRecord};
use bytes::Bytes;
use controlplane_types::Runtime;
use futures::Stream;
use futures::future::{BoxFuture, Either, select};
use futures::stream::BoxStream;
use minicbor::{Decode, Encode};
use openraft::errors::{NetworkError, RPCError, ReplicationClosed, StreamingError, Timeout, Unreachable};
use openraft::impls::BasicNode;
use openraft::network::{RPCOption, RPCTypes, RaftNetworkFactory, RaftNetworkV2, stream_append_sequential};
use openraft::raft as message;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

/// Who this server is and how it reaches the others.
#[derive(Clone)]
pub(crate) struct Links {
    pub(crate) cluster: String,
    pub(crate) id: NodeId,
    /// Addresses from the configuration. They win over those in the replicated membership, so that a server can
    /// move by changing configuration files.
    pub(crate) members: Arc<BTreeMap<NodeId, String>>,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) runtime: Arc<dyn Runtime>,
    /// How long an append may take. More than openraft's own limit of one heartbeat, which a slow disk at the other
    /// end exceeds: the entries would be sent again and again.
    pub(crate) append_limit: Duration,
    /// Whether this server's store reads block.
    pub(crate) blocks: bool,
}

impl Links {
    pub(crate) fn peer(&self, id: NodeId) -> Result<Peer, TransportError> {
        let address = self.members.get(&id).cloned().ok_or(TransportError::UnknownPeer(id))?;
        Ok(Peer { id, address })
    }

    fn envelope(&self, to: NodeId, body: Vec<u8>) -> Bytes {
        let envelope = Envelope { cluster: self.cluster.clone(), from: self.id, to, body };
        Bytes::from(wire::encode(&envelope))
    }

    /// Sends `body` in an envelope.
    pub(crate) async fn call(
        &self,
        peer: &Peer,
        method: Method,
        body: Vec<u8>,
    ) -> Result<Bytes, TransportError> {
        self.transport.call(peer, method, self.envelope(peer.id, body)).await
    }

    /// Opens an envelope that was meant for this server.
    pub(crate) fn open(&self, bytes: &[u8]) -> Result<(NodeId, Vec<u8>), String> {
        let envelope: Envelope = wire::decode("envelope", bytes).map_err(|error| error.to_string())?;
        if envelope.cluster != self.cluster {
            return Err(format!(
                "this server belongs to cluster {:?}, not {:?}",
                self.cluster, envelope.cluster
            ));
        }
        match envelope.to == self.id {
            true => Ok((envelope.from, envelope.body)),
            false => Err(format!("this is server {}, not {}", self.id, envelope.to)),
        }
    }
}

impl RaftNetworkFactory<Types> for Links {
    type Network = Link;

    async fn new_client(&mut self, target: NodeId, node: &BasicNode) -> Link {
        let address = self.members.get(&target).cloned().unwrap_or_else(|| node.addr.clone());
        Link { links: self.clone(), peer: Peer { id: target, address } }
    }
}

/// One peer, as openraft talks to it.
pub(crate) struct Link {
    links: Links,
    peer: Peer,
}

/// `work`, or `None` when `limit` passes first.
pub(crate) async fn within<T>(
    runtime: &Arc<dyn Runtime>,
    limit: Duration,
    work: impl Future<Output = T>,
) -> Option<T> {
    match select(pin!(work), runtime.sleep(limit)).await {
        Either::Left((result, _)) => Some(result),
        Either::Right(_) => None,
    }
}

fn rpc_error(error: TransportError) -> RPCError<Types> {
    match error {
        // openraft retries these at once ...
        TransportError::Broken { .. } => RPCError::Network(NetworkError::new(&error)),
        // ... and these after a pause.
        _ => RPCError::Unreachable(Unreachable::new(&error)),
    }
}

impl Link {
    fn timeout(&self, action: RPCTypes, timeout: Duration) -> Timeout<Types> {
        Timeout { action, id: self.links.id, target: self.peer.id, timeout }
    }

    async fn exchange<Q: Encode<()>, A: for<'b> Decode<'b, ()>>(
        &self,
        method: Method,
        action: RPCTypes,
        request: Q,
        limit: Duration,
    ) -> Result<A, RPCError<Types>> {
        let call = self.links.call(&self.peer, method, wire::encode(&request));
        let reply = within(&self.links.runtime, limit, call).await;
        let bytes = reply.ok_or_else(|| self.timeout(action, limit))?.map_err(rpc_error)?;
        wire::decode("reply", &bytes).map_err(|error| RPCError::Unreachable(Unreachable::new(&error)))
    }

    fn snapshot_header(&self, vote: Vote, meta: &SnapshotMeta) -> Bytes {
        let header = SnapshotHeader {
            vote: vote.into(),
            last: meta.last_log_id.map(LogIdRecord::from),
            membership: StoredMembershipRecord::from(&meta.last_membership),
        };
        self.links.envelope(self.peer.id, wire::encode(&header))
    }
}

type SnapshotOf = openraft::type_config::alias::SnapshotOf<Types, SnapshotData>;

impl RaftNetworkV2<Types> for Link {
    type SnapshotData = SnapshotData;

    async fn append_entries(
        &mut self,
        rpc: message::AppendEntriesRequest<Types>,
        option: RPCOption,
    ) -> Result<message::AppendEntriesResponse<Types>, RPCError<Types>> {
        let request = wire::AppendRequest::from(rpc);
        let limit = option.soft_ttl().max(self.links.append_limit);
        let reply: wire::AppendReply =
            self.exchange(Method::Append, RPCTypes::AppendEntries, request, limit).await?;
        Ok(reply.into())
    }

    fn stream_append<'s, S>(
        &'s mut self,
        input: S,
        option: RPCOption,
    ) -> BoxFuture<
        's,
        Result<BoxStream<'s, Result<message::StreamAppendResult<Types>, RPCError<Types>>>, RPCError<Types>>,
    >
    where
        S: Stream<Item = message::AppendEntriesRequest<Types>> + Send + Unpin + 'static,
    {
        let input = without_stale_commits(input, self.links.runtime.clone());
        stream_append_sequential(self, input, option)
    }

    async fn vote(
        &mut self,
        rpc: message::VoteRequest<Types>,
        option: RPCOption,
    ) -> Result<message::VoteResponse<Types>, RPCError<Types>> {
        let request = wire::VoteRequest::from(rpc);
        let reply: wire::VoteReply =
            self.exchange(Method::Vote, RPCTypes::Vote, request, option.soft_ttl()).await?;
        Ok(reply.into())
    }

    async fn pre_vote(
        &mut self,
        rpc: message::VoteRequest<Types>,
        option: RPCOption,
    ) -> Result<message::VoteResponse<Types>, RPCError<Types>> {
        let request = wire::VoteRequest::from(rpc);
        let reply: wire::VoteReply =
            self.exchange(Method::PreVote, RPCTypes::Vote, request, option.soft_ttl()).await?;
        Ok(reply.into())
    }

    async fn full_snapshot(
        &mut self,
        vote: Vote,
        snapshot: SnapshotOf,
        cancel: impl Future<Output = ReplicationClosed> + Send + 'static,
        option: RPCOption,
    ) -> Result<message::SnapshotResponse<Types>, StreamingError<Types>> {
        let SnapshotData::Image(image) = snapshot.snapshot else {
            let reason = "only an image can be sent";
            return Err(StreamingError::Unreachable(Unreachable::from_string(reason)));
        };
        let header = self.snapshot_header(vote, &snapshot.meta);
        let chunks = send(image, self.links.blocks);
        let limit = option.soft_ttl();
        let sending = within(
            &self.links.runtime,
            limit,
            self.links.transport.send_snapshot(&self.peer, header, chunks),
        );
        let bytes = match select(pin!(sending), pin!(cancel)).await {
            Either::Left((reply, _)) => {
                reply.ok_or_else(|| self.timeout(RPCTypes::InstallSnapshot, limit))?.map_err(rpc_error)?
            }
            Either::Right((closed, _)) => return Err(closed.into()),
        };
        let reply: wire::SnapshotReply = wire::decode("reply", &bytes)
            .map_err(|error| StreamingError::Unreachable(Unreachable::new(&error)))?;
        Ok(message::SnapshotResponse::new(reply.vote.into()))
    }

    async fn transfer_leader(
        &mut self,
        request: message::TransferLeaderRequest<Types>,
        option: RPCOption,
    ) -> Result<message::TransferLeaderResponse<Types>, RPCError<Types>> {
        let request = wire::TransferRequest::from(request);
        let reply: wire::TransferReply =
            self.exchange(Method::Transfer, RPCTypes::TransferLeader, request, option.soft_ttl()).await?;
        Ok(reply.into())
    }
}
