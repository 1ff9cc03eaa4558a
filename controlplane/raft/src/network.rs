//! openraft's network, on top of a [`Transport`].

use crate::append_stream::without_stale_commits;
use crate::clock::Clocks;
use crate::directory::Directory;
use crate::log::LogStore;
use crate::matching::Matching;
use crate::state::{SnapshotData, Taken, Transfers, send};
use crate::transport::{Method, Peer, Transport, TransportError};
use crate::types::{LogId, NodeId, Types, Vote};
use crate::wire::{
    self, Envelope, LogIdRecord, SnapshotHeader, SnapshotId, StoredMembershipRecord, TransferPoint,
};
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
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

/// Who this server is and how it reaches the others.
#[derive(Clone)]
pub(crate) struct Links {
    pub(crate) cluster: String,
    pub(crate) id: NodeId,
    /// Drawn when this node started.
    pub(crate) boot: u64,
    pub(crate) directory: Arc<Directory>,
    pub(crate) clocks: Arc<Clocks>,
    pub(crate) transfers: Arc<Transfers>,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) runtime: Arc<dyn Runtime>,
    /// How long an append may take. More than openraft's own limit of one heartbeat, which a slow disk at the other
    /// end exceeds: the entries would be sent again and again.
    pub(crate) append_limit: Duration,
    /// How long a follower's word stands for it. See [`Matching`].
    pub(crate) answer_for: Duration,
    /// Whether this server's store reads block.
    pub(crate) blocks: bool,
    pub(crate) log: LogStore,
}

impl Links {
    pub(crate) fn peer(&self, id: NodeId) -> Result<Peer, TransportError> {
        let address = self.directory.address(id).ok_or(TransportError::UnknownPeer(id))?;
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

    /// Sends `request` to a member and reads its reply, within `limit`.
    pub(crate) async fn ask<Q: Encode<()>, A: for<'b> Decode<'b, ()>>(
        &self,
        to: NodeId,
        method: Method,
        request: &Q,
        limit: Duration,
    ) -> Result<A, TransportError> {
        let peer = self.peer(to)?;
        let broken = |reason: String| TransportError::Broken { peer: to, reason };
        let call = self.call(&peer, method, wire::encode(request));
        let reply = self.runtime.within(limit, call).await;
        let bytes = reply.ok_or_else(|| broken("no answer in time".to_owned()))??;
        wire::decode("reply", &bytes).map_err(|error| broken(error.to_string()))
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
        let first_address = node.addr.clone();
        Link { links: self.clone(), target, first_address, matching: Matching::new(self.answer_for) }
    }
}

/// One peer, as openraft talks to it. openraft keeps it for a whole leadership, during which the peer may move.
pub(crate) struct Link {
    links: Links,
    target: NodeId,
    first_address: String,
    matching: Matching,
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
    fn peer(&self) -> Peer {
        // A member that openraft was just told of may not be in the directory yet.
        let address = self.links.directory.address(self.target);
        Peer { id: self.target, address: address.unwrap_or_else(|| self.first_address.clone()) }
    }

    fn timeout(&self, action: RPCTypes, timeout: Duration) -> Timeout<Types> {
        Timeout { action, id: self.links.id, target: self.target, timeout }
    }

    async fn exchange<Q: Encode<()>, A: for<'b> Decode<'b, ()>>(
        &self,
        method: Method,
        action: RPCTypes,
        request: Q,
        limit: Duration,
    ) -> Result<A, RPCError<Types>> {
        let peer = self.peer();
        let call = self.links.call(&peer, method, wire::encode(&request));
        let reply = self.links.runtime.within(limit, call).await;
        let bytes = reply.ok_or_else(|| self.timeout(action, limit))?.map_err(rpc_error)?;
        wire::decode("reply", &bytes).map_err(|error| RPCError::Unreachable(Unreachable::new(&error)))
    }

    /// One request and its answer, and the newest entry on the follower's disk.
    async fn append(
        &self,
        rpc: &message::AppendEntriesRequest<Types>,
        limit: Duration,
    ) -> Result<(message::AppendEntriesResponse<Types>, Option<LogId>), RPCError<Types>> {
        let request = wire::AppendRequest::from(rpc);
        let (asked, began) = (self.links.runtime.now(), self.links.runtime.monotonic());
        let answer: wire::AppendAnswer =
            self.exchange(Method::Append, RPCTypes::AppendEntries, request, limit).await?;
        let round = self.links.runtime.monotonic().saturating_sub(began);
        self.links.clocks.note(self.target, asked, round, answer.clock);
        Ok((answer.reply.into(), answer.last.map(LogId::from)))
    }

    fn snapshot_header(&self, vote: Vote, taken: &Taken, id: SnapshotId, from: TransferPoint) -> Bytes {
        let header = SnapshotHeader {
            vote: vote.into(),
            last: taken.meta.last_log_id.map(LogIdRecord::from),
            membership: StoredMembershipRecord::from(&taken.meta.last_membership),
            id,
            from,
        };
        self.links.envelope(self.target, wire::encode(&header))
    }

    /// Asks how much of the image has arrived, and sends the rest.
    async fn send_image(
        &self,
        vote: Vote,
        taken: Taken,
        limit: Duration,
    ) -> Result<wire::SnapshotReply, RPCError<Types>> {
        let _transfer = self.links.transfers.begin(self.links.runtime.as_ref());
        let id = SnapshotId { boot: self.links.boot, image: taken.number };
        let from: TransferPoint = self
            .exchange(Method::Resume, RPCTypes::InstallSnapshot, id.clone(), self.links.append_limit)
            .await?;
        tracing::info!(target = self.target, pairs = from.pairs, "sending a snapshot from there on");
        let header = self.snapshot_header(vote, &taken, id, from.clone());
        let chunks = send(taken.image, from, self.links.blocks);
        let sending = self.links.transport.send_snapshot(&self.peer(), header, chunks);
        let reply = self.links.runtime.within(limit, sending).await;
        let bytes =
            reply.ok_or_else(|| self.timeout(RPCTypes::InstallSnapshot, limit))?.map_err(rpc_error)?;
        wire::decode("reply", &bytes).map_err(|error| RPCError::Unreachable(Unreachable::new(&error)))
    }
}

type SnapshotOf = openraft::type_config::alias::SnapshotOf<Types, SnapshotData>;

impl RaftNetworkV2<Types> for Link {
    type SnapshotData = SnapshotData;

    async fn append_entries(
        &mut self,
        mut rpc: message::AppendEntriesRequest<Types>,
        option: RPCOption,
    ) -> Result<message::AppendEntriesResponse<Types>, RPCError<Types>> {
        let limit = option.soft_ttl().max(self.links.append_limit);
        let runtime = self.links.runtime.clone();
        if let Some(question) = self.matching.question(&rpc) {
            let asked = runtime.monotonic();
            let (response, last) = self.append(&question, limit).await?;
            self.matching.learn(&question, &response);
            if !response.is_success() {
                return Ok(response);
            }
            self.matching.believe(last, asked, &self.links.log).await;
        }
        if self.matching.leave_out_known(&mut rpc) && self.matching.is_fresh(runtime.monotonic()) {
            return Ok(message::AppendEntriesResponse::Success);
        }
        let (response, _) = self.append(&rpc, limit).await?;
        self.matching.learn(&rpc, &response);
        Ok(response)
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
        let SnapshotData::Image(taken) = snapshot.snapshot else {
            let reason = "only an image can be sent";
            return Err(StreamingError::Unreachable(Unreachable::from_string(reason)));
        };
        let sending = self.send_image(vote, taken, option.soft_ttl());
        let reply = match select(pin!(sending), pin!(cancel)).await {
            Either::Left((reply, _)) => reply?,
            Either::Right((closed, _)) => return Err(closed.into()),
        };
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
