//! The native gRPC door: what the command line speaks.
//!
//! It knows no kind: rows, specs and deletions come from the tables of the registry. Whatever writes goes through the
//! writer like a request at the AWS door.
//!
//! Every server answers. Reads are served where they are asked ([`ANYWHERE`]), from a read index, so they see what any
//! server answered before; the rest is passed on to the leader ([`crate::cluster::relay`]).

mod act;
mod can_i;
mod dns_answers;
pub(crate) mod error;
mod exec;
mod imports;
mod logs;
mod manifests;
mod nodes;
mod port_forward;
mod pulled;
mod reading;
mod rows;
mod servers;
mod snapshots;
mod top;
mod watch;

use crate::cluster::relay::Relay;
use crate::cluster::{ELECTION_PATIENCE, Lead};
use crate::core::Core;
use crate::gateway::AwsLink;
use crate::images::ImageStore;
use crate::reads::{Ask, ReadsError, Seen};
use crate::regions;
use crate::registry;
use controlplane_proto::api;
use controlplane_proto::api::hearth_server::Hearth;
use controlplane_raft::ReadError;
use controlplane_services_ec2::instance::Instance;
use controlplane_services_kernel::{Caller, KindEntry, Reader, ServiceError};
use controlplane_services_native::{DnsServer, Node};
use controlplane_types::{AccountId, RegionName};
use error::{not_found, read_failed, refused};
pub(crate) use snapshots::AT_ONCE as SAVES_AT_ONCE;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};
pub(crate) use watch::{RowFeeds, WatchStream};

/// Header with the region that is meant.
pub(crate) const REGION_KEY: &str = "hearth-region";
/// Rows or chunks a slow client may be behind.
const OUTBOX: usize = 64;

/// The calls that need no leader.
pub(crate) const ANYWHERE: &[&str] =
    &["Kinds", "Explain", "Get", "Watch", "SaveSnapshot", "Describe", "Status", "Environment", "Servers"];

/// What the door needs of the house.
#[derive(Clone)]
pub(crate) struct NativeDoor {
    /// Account the command line acts for.
    pub account: AccountId,
    /// The region the command line acts in: the home region, unless the request names another one ([`Self::at`]).
    pub region: RegionName,
    /// Where clients reach the AWS port.
    pub aws_address: String,
    /// How it is reached.
    pub aws_link: AwsLink,
    /// The server behind the door.
    pub core: Core,
    /// Rows that clients watch.
    pub feeds: RowFeeds,
    /// Archives of imported images.
    pub images: ImageStore,
    /// The way to the other servers.
    pub relay: Relay,
    /// Copies that are being taken: each holds on to files the store would otherwise give up.
    pub saving: Arc<Semaphore>,
}

impl NativeDoor {
    /// The door as `request` means it: in the region that its header names.
    #[allow(clippy::result_large_err)]
    fn at<T>(&self, request: &Request<T>) -> Result<Self, Status> {
        let Some(named) = request.metadata().get(REGION_KEY) else { return Ok(self.clone()) };
        let named = named.to_str().unwrap_or_default();
        regions::check(&self.core.replica.applied().view, "--region", named)
            .map_err(|error| refused(&error))?;
        Ok(Self { region: named.into(), ..self.clone() })
    }

    /// The same person in the home region, where the cluster's own records lie.
    fn home_caller(&self) -> Caller {
        Caller { region: self.core.first_start.region.clone(), ..self.caller() }
    }

    fn caller(&self) -> Caller {
        let mut id = [0; 16];
        self.core.runtime.fill_random(&mut id);
        Caller {
            account: self.account.clone(),
            region: self.region.clone(),
            principal: format!("arn:aws:iam::{}:root", self.account),
            access_key_id: String::new(),
            request_id: id.iter().map(|byte| format!("{byte:02x}")).collect(),
            client: None,
        }
    }

    /// A consistent view.
    async fn reader(&self) -> Result<Reader, Status> {
        Ok(self.see(Ask::default()).await?.reader)
    }

    /// A view that is what was asked for. While an election is under way it is waited for.
    async fn see(&self, ask: Ask) -> Result<Seen, Status> {
        let first = self.core.reads.read(self.caller(), ask).await;
        let leaderless = matches!(
            first,
            Err(ReadsError::Unconfirmed(
                ReadError::NoLeader | ReadError::LostLeadership | ReadError::Transport(_)
            ))
        );
        if !leaderless || self.core.cluster.lead(ELECTION_PATIENCE).await == Lead::Nobody {
            return first.map_err(read_failed);
        }
        self.core.reads.read(self.caller(), ask).await.map_err(read_failed)
    }

    fn own_status(&self) -> api::StatusResponse {
        let applied = self.core.replica.applied();
        let nodes: Vec<bool> = applied.view.all::<Node>().map(|node| node.is_ready()).collect();
        api::StatusResponse {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            cluster_id: self.core.cluster_id.clone(),
            region: self.region.to_string(),
            account_id: self.account.to_string(),
            applied_index: applied.index,
            leader: self.core.reads.leader(),
            nodes_ready: nodes.iter().filter(|ready| **ready).count() as u32,
            nodes: nodes.len() as u32,
            dns_servers: applied.view.all::<DnsServer>().count() as u32,
            server: self.core.cluster.number(),
            members: servers::seen(&self.core.node),
        }
    }

    /// The node an instance runs on, by the instance's name or id.
    async fn place(&self, instance: &str) -> Result<(String, String), Status> {
        let reader = self.reader().await?;
        let id = rows::find(&reader, kind("instance")?, instance)?;
        let record = reader.get::<Instance>(&id).ok_or_else(|| not_found("instance", instance))?;
        match &record.node {
            Some(node) => Ok((id, node.to_string())),
            None => Err(Status::failed_precondition(format!("{id} is not placed on a node yet"))),
        }
    }
}

/// The visible kind people mean.
fn kind(text: &str) -> Result<&'static KindEntry, Status> {
    registry::kind(text).map(|(_, kind)| kind).ok_or_else(|| {
        let error = ServiceError::new("UnknownKind", 400, format!("there is no kind {text:?}"));
        refused(&error.with_hint("`hearth get kinds` lists them"))
    })
}

#[tonic::async_trait]
impl Hearth for NativeDoor {
    async fn kinds(&self, _: Request<api::KindsRequest>) -> Result<Response<api::KindsResponse>, Status> {
        Ok(Response::new(reading::kinds()))
    }

    async fn apply(
        &self,
        request: Request<api::ApplyRequest>,
    ) -> Result<Response<api::ApplyResponse>, Status> {
        manifests::apply(&self.at(&request)?, request.into_inner()).await.map(Response::new)
    }

    async fn edit(&self, request: Request<api::EditRequest>) -> Result<Response<api::EditResponse>, Status> {
        manifests::edit(&self.at(&request)?, request.into_inner()).await.map(Response::new)
    }

    async fn explain(
        &self,
        request: Request<api::ExplainRequest>,
    ) -> Result<Response<api::ExplainResponse>, Status> {
        manifests::explain(&request.into_inner()).map(Response::new)
    }

    async fn get(&self, request: Request<api::GetRequest>) -> Result<Response<api::GetResponse>, Status> {
        reading::get(&self.at(&request)?, request.into_inner()).await.map(Response::new)
    }

    type WatchStream = WatchStream;

    async fn watch(
        &self,
        request: Request<api::WatchRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let caller = self.at(&request)?.caller();
        self.feeds.serve(&self.core, caller, request.into_inner()).await.map(Response::new)
    }

    async fn describe(
        &self,
        request: Request<api::DescribeRequest>,
    ) -> Result<Response<api::DescribeResponse>, Status> {
        reading::describe(&self.at(&request)?, request.into_inner()).await.map(Response::new)
    }

    async fn draw(&self, request: Request<api::DrawRequest>) -> Result<Response<api::DrawResponse>, Status> {
        dns_answers::draw(&self.at(&request)?, request.into_inner()).await.map(Response::new)
    }

    async fn explain_answer(
        &self,
        request: Request<api::ExplainAnswerRequest>,
    ) -> Result<Response<api::ExplainAnswerResponse>, Status> {
        dns_answers::explain(&self.at(&request)?, request.into_inner()).await.map(Response::new)
    }

    async fn delete(
        &self,
        request: Request<api::DeleteRequest>,
    ) -> Result<Response<api::DeleteResponse>, Status> {
        act::delete(&self.at(&request)?, request.into_inner()).await.map(Response::new)
    }

    async fn act(&self, request: Request<api::ActRequest>) -> Result<Response<api::ActResponse>, Status> {
        act::serve(&self.at(&request)?, request.into_inner()).await.map(Response::new)
    }

    type LogsStream = ReceiverStream<Result<api::LogsChunk, Status>>;

    async fn logs(&self, request: Request<api::LogsRequest>) -> Result<Response<Self::LogsStream>, Status> {
        logs::serve(&self.at(&request)?, request.into_inner()).await.map(Response::new)
    }

    type ExecStream = ReceiverStream<Result<api::ExecOutput, Status>>;

    async fn exec(
        &self,
        request: Request<Streaming<api::ExecInput>>,
    ) -> Result<Response<Self::ExecStream>, Status> {
        exec::serve(&self.at(&request)?, request.into_inner()).await.map(Response::new)
    }

    async fn can_i(&self, request: Request<api::CanIRequest>) -> Result<Response<api::CanIResponse>, Status> {
        can_i::serve(&self.at(&request)?, request.into_inner()).await.map(Response::new)
    }

    async fn top(&self, request: Request<api::TopRequest>) -> Result<Response<api::TopResponse>, Status> {
        top::serve(&self.at(&request)?, request.into_inner()).await.map(Response::new)
    }

    type PortForwardStream = ReceiverStream<Result<api::PortForwardOutput, Status>>;

    async fn port_forward(
        &self,
        request: Request<Streaming<api::PortForwardInput>>,
    ) -> Result<Response<Self::PortForwardStream>, Status> {
        port_forward::serve(&self.at(&request)?, request.into_inner()).await.map(Response::new)
    }

    async fn import_image(
        &self,
        request: Request<Streaming<api::ImportImageChunk>>,
    ) -> Result<Response<api::ImportImageResponse>, Status> {
        imports::serve(&self.at(&request)?, request.into_inner()).await.map(Response::new)
    }

    async fn register_pulled_image(
        &self,
        request: Request<api::RegisterPulledImageRequest>,
    ) -> Result<Response<api::RegisterPulledImageResponse>, Status> {
        pulled::serve(&self.at(&request)?, request.into_inner()).await.map(Response::new)
    }

    type SaveSnapshotStream = ReceiverStream<Result<api::SaveSnapshotChunk, Status>>;

    async fn save_snapshot(
        &self,
        request: Request<api::SaveSnapshotRequest>,
    ) -> Result<Response<Self::SaveSnapshotStream>, Status> {
        snapshots::serve(self, request.into_inner()).await.map(Response::new)
    }

    async fn status(&self, _: Request<api::StatusRequest>) -> Result<Response<api::StatusResponse>, Status> {
        Ok(Response::new(self.own_status()))
    }

    async fn servers(
        &self,
        _: Request<api::ServersRequest>,
    ) -> Result<Response<api::ServersResponse>, Status> {
        Ok(Response::new(api::ServersResponse { servers: servers::list(self).await }))
    }

    async fn transfer_leader(
        &self,
        request: Request<api::TransferLeaderRequest>,
    ) -> Result<Response<api::TransferLeaderResponse>, Status> {
        let leader = servers::transfer_leader(self, request.into_inner().to).await?;
        Ok(Response::new(api::TransferLeaderResponse { leader }))
    }

    async fn promote_server(
        &self,
        request: Request<api::PromoteServerRequest>,
    ) -> Result<Response<api::PromoteServerResponse>, Status> {
        servers::promote(self, request.into_inner().number).await?;
        Ok(Response::new(api::PromoteServerResponse {}))
    }

    async fn remove_server(
        &self,
        request: Request<api::RemoveServerRequest>,
    ) -> Result<Response<api::RemoveServerResponse>, Status> {
        servers::remove(self, &request.into_inner()).await?;
        Ok(Response::new(api::RemoveServerResponse {}))
    }

    async fn set_node_scheduling(
        &self,
        request: Request<api::SetNodeSchedulingRequest>,
    ) -> Result<Response<api::SetNodeSchedulingResponse>, Status> {
        nodes::set_scheduling(self, request.into_inner()).await?;
        Ok(Response::new(api::SetNodeSchedulingResponse {}))
    }

    async fn label_node(
        &self,
        request: Request<api::LabelNodeRequest>,
    ) -> Result<Response<api::LabelNodeResponse>, Status> {
        let changed = nodes::label(self, request.into_inner()).await?;
        Ok(Response::new(api::LabelNodeResponse { changed }))
    }

    async fn taint_node(
        &self,
        request: Request<api::TaintNodeRequest>,
    ) -> Result<Response<api::TaintNodeResponse>, Status> {
        let changed = nodes::taint(self, request.into_inner()).await?;
        Ok(Response::new(api::TaintNodeResponse { changed }))
    }

    async fn remove_node(
        &self,
        request: Request<api::RemoveNodeRequest>,
    ) -> Result<Response<api::RemoveNodeResponse>, Status> {
        nodes::remove(self, &request.into_inner().node).await?;
        Ok(Response::new(api::RemoveNodeResponse {}))
    }

    async fn environment(
        &self,
        request: Request<api::EnvironmentRequest>,
    ) -> Result<Response<api::EnvironmentResponse>, Status> {
        reading::environment(&self.at(&request)?).await.map(Response::new)
    }
}
