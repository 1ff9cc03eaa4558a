//! `hearth debug`: looking into programs that run.
//!
//! Servers are asked each for itself, not whichever answers: what one of them says of itself is no answer for another.

mod bundle;
mod log_level;

use crate::client::Target;
use crate::error::CliError;
use clap::Subcommand;
use controlplane_proto::api::{Server, ServersRequest};
use controlplane_proto::debug::{
    InspectDnsServerRequest, InspectNodeRequest, InspectRequest, InspectResponse,
};

/// Look into programs that run
#[derive(Subcommand, Debug)]
pub(crate) enum Debug {
    LogLevel(log_level::LogLevel),
    Bundle(bundle::Bundle),
}

impl Debug {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        match self {
            Self::LogLevel(command) => command.run(target).await,
            Self::Bundle(command) => command.run(target).await,
        }
    }
}

/// The servers of the cluster, as one of them knows them.
async fn servers(target: &Target) -> Result<Vec<Server>, CliError> {
    Ok(target.connect().await?.servers(ServersRequest {}).await?.into_inner().servers)
}

async fn inspect_server(
    target: &Target,
    address: &str,
    request: InspectRequest,
) -> Result<InspectResponse, CliError> {
    Ok(target.debug_at(address).await?.inspect(request).await?.into_inner())
}

async fn inspect_dns_server(
    target: &Target,
    dns_server: &str,
    request: InspectRequest,
) -> Result<InspectResponse, CliError> {
    let InspectRequest { levels, whole } = request;
    let request = InspectDnsServerRequest { dns_server: dns_server.to_owned(), levels, whole };
    Ok(target.debug().await?.inspect_dns_server(request).await?.into_inner())
}

async fn inspect_node(
    target: &Target,
    node: &str,
    request: InspectRequest,
) -> Result<InspectResponse, CliError> {
    let InspectRequest { levels, whole } = request;
    let request = InspectNodeRequest { node: node.to_owned(), levels, whole };
    Ok(target.debug().await?.inspect_node(request).await?.into_inner())
}
