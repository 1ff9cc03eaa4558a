//! The gRPC door for whoever looks into running programs: what a server, an agent or a DNS server says of itself, and how much it
//! logs.
//!
//! Each server answers for itself ([`ANYWHERE`]); agents and DNS servers speak with the leader only, so calls for them are passed
//! on to it.

use crate::agents::CallEvent;
use crate::cluster::relay::not_done;
use crate::core::Core;
use crate::dns_feed::AskError;
use crate::metrics_text;
use controlplane_proto::agent::{Call, Inspect, call};
use controlplane_proto::debug::debug_server::Debug;
use controlplane_proto::debug::{
    InspectDnsServerRequest, InspectNodeRequest, InspectRequest, InspectResponse,
};
use controlplane_telemetry::logs::LogsError;
use controlplane_telemetry::process;
use prost::Message;
use tonic::{Request, Response, Status};

/// The calls that need no leader.
pub(crate) const ANYWHERE: &[&str] = &["Inspect"];
/// An agent says no more than this of itself.
const MOST_BYTES: usize = 4 << 20;

/// What the door needs.
pub(crate) struct DebugDoor {
    core: Core,
}

impl DebugDoor {
    pub(crate) fn new(core: Core) -> Self {
        Self { core }
    }
}

#[tonic::async_trait]
impl Debug for DebugDoor {
    async fn inspect(&self, request: Request<InspectRequest>) -> Result<Response<InspectResponse>, Status> {
        let InspectRequest { levels, whole } = request.into_inner();
        let seen = process::inspect(&levels, whole).map_err(|error| match error {
            LogsError::Level(error) => Status::invalid_argument(error.to_string()),
            error @ LogsError::NotOurs => Status::failed_precondition(error.to_string()),
        })?;
        Ok(Response::new(InspectResponse {
            version: process::VERSION.to_owned(),
            levels: seen.levels,
            configuration: seen.configuration,
            metrics: if whole { metrics_text::render(&self.core) } else { String::new() },
            logs: seen.logs,
        }))
    }

    async fn inspect_node(
        &self,
        request: Request<InspectNodeRequest>,
    ) -> Result<Response<InspectResponse>, Status> {
        let InspectNodeRequest { node, levels, whole } = request.into_inner();
        let call = Call { id: 0, call: Some(call::Call::Inspect(Inspect { levels, whole })) };
        let mut running = self.core.agents.call(&node, call).map_err(|error| not_done(error.to_string()))?;
        let mut answer = Vec::new();
        loop {
            match running.next().await {
                CallEvent::Output { stdout, .. } if answer.len() + stdout.len() <= MOST_BYTES => {
                    answer.extend(stdout);
                }
                CallEvent::Output { .. } => {
                    return Err(Status::internal(format!("node {node} says too much")));
                }
                CallEvent::Ended(_) => break,
                CallEvent::Failed(reason) => {
                    return Err(Status::failed_precondition(format!("node {node}: {reason}")));
                }
            }
        }
        let unreadable =
            |error| Status::internal(format!("the answer of node {node} cannot be read: {error}"));
        InspectResponse::decode(answer.as_slice()).map(Response::new).map_err(unreadable)
    }

    async fn inspect_dns_server(
        &self,
        request: Request<InspectDnsServerRequest>,
    ) -> Result<Response<InspectResponse>, Status> {
        let InspectDnsServerRequest { dns_server, levels, whole } = request.into_inner();
        let answer = self.core.dns_feed.inspect(&dns_server, InspectRequest { levels, whole }).await;
        answer.map(Response::new).map_err(|error| match error {
            AskError::NotConnected(_) | AskError::Nobody => not_done(error.to_string()),
            AskError::Full => Status::resource_exhausted(error.to_string()),
            AskError::Silent(_) | AskError::Refused { .. } => Status::failed_precondition(error.to_string()),
        })
    }
}
