//! `hearth server`: running one, and looking after those that run. One flag set and several verbs share the word, because a
//! cluster of one is started by the same line as ever.

mod leader;
mod list;
mod transfer_leader;

use super::region::RegionFlags;
use super::shutdown;
use crate::client::Target;
use crate::error::{CliError, Kind};
use crate::{logging, output};
use clap::{Args, Subcommand};
use controlplane_raft::TokioRuntime;
use controlplane_server::{Server as ControlPlane, ServerConfig};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

/// Run a control-plane server, or look after those that run
///
/// Example: hearth server --data-dir /var/lib/hearth
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Server {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: Run,
}

#[derive(Subcommand, Debug)]
enum Command {
    List(list::List),
    Leader(leader::Leader),
    TransferLeader(transfer_leader::TransferLeader),
}

/// What a server is run with.
#[derive(Args, Debug)]
struct Run {
    #[command(flatten)]
    region: RegionFlags,
    #[command(flatten)]
    doors: Doors,
    /// Number of this server in its cluster
    #[arg(long, default_value_t = 1)]
    id: u64,
    /// gRPC addresses of all servers of a static cluster, this one included: 1=HOST:PORT,2=HOST:PORT,...
    #[arg(long, value_delimiter = ',', value_parser = member)]
    members: Vec<(u64, String)>,
}

/// The server's ports.
#[derive(Args, Clone, Debug)]
pub(crate) struct Doors {
    /// Address of the AWS port
    #[arg(long, default_value = "127.0.0.1:4566")]
    pub(crate) aws_addr: SocketAddr,
    /// Address of the gRPC port
    #[arg(long, default_value = "127.0.0.1:4567")]
    pub(crate) grpc_addr: SocketAddr,
    /// Seconds a node may be silent before its instances are replaced
    #[arg(long, default_value_t = 30)]
    pub(crate) node_grace: u64,
    /// Serve the measuring hooks /_hearth/bench/put, get and watch to anybody (loopback only)
    #[arg(long)]
    pub(crate) enable_bench: bool,
}

fn member(text: &str) -> Result<(u64, String), String> {
    let (id, address) = text.split_once('=').ok_or("it must be NUMBER=HOST:PORT")?;
    let id = id.parse().map_err(|_| format!("{id} is not a number"))?;
    Ok((id, address.to_owned()))
}

impl Server {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        match self.command {
            None => self.run.run(target).await,
            Some(Command::List(command)) => command.run(target).await,
            Some(Command::Leader(command)) => command.run(target).await,
            Some(Command::TransferLeader(command)) => command.run(target).await,
        }
    }
}

impl Run {
    async fn run(self, target: &Target) -> Result<(), CliError> {
        logging::start();
        let members: BTreeMap<u64, String> = self.members.into_iter().collect();
        if !members.is_empty() && !members.contains_key(&self.id) {
            return Err(CliError::new(
                Kind::Refused,
                format!("--members: server {} is not among them", self.id),
            ));
        }
        let config = ServerConfig {
            data_dir: target.server_dir(),
            pki_dir: target.pki_dir(),
            id: self.id,
            members,
            aws_addr: self.doors.aws_addr,
            grpc_addr: self.doors.grpc_addr,
            first_start: self.region.first_start()?,
            any_credentials: false,
            allow_reset: false,
            enable_bench: self.doors.enable_bench,
            node_grace: Duration::from_secs(self.doors.node_grace),
        };
        let server = start(config, target).await?;
        output::write("hearth: ready\n")?;
        shutdown::asked_of(&server).await?;
        server.shutdown().await;
        Ok(())
    }
}

/// Starts a server and notes where it is.
pub(crate) async fn start(config: ServerConfig, target: &Target) -> Result<ControlPlane, CliError> {
    let server = ControlPlane::start(config, TokioRuntime::current())
        .await
        .map_err(|error| CliError::failed("the server does not start", &error))?;
    target.write_endpoint(&server.grpc_addr().to_string())?;
    server.ready().await;
    tracing::info!(aws = %server.aws_addr(), grpc = %server.grpc_addr(), "serving");
    Ok(server)
}
