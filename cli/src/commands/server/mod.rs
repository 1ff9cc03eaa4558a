//! `hearth server`: running one, and looking after those that run.

mod leader;
mod list;
mod promote;
mod recover;
mod remove;
mod transfer_leader;

use super::agent::host_name;
use super::object_store::ObjectStoreFlags;
use super::region::RegionFlags;
use super::shutdown;
use crate::client::Target;
use crate::error::{CliError, Kind};
use crate::observe::{self, TraceFlags};
use crate::output;
use clap::{Args, Subcommand};
use controlplane_raft::TokioRuntime;
use controlplane_server::cluster::OriginError;
use controlplane_server::gateway::{AwsLink, Limits};
use controlplane_server::pki::Token;
use controlplane_server::pki::join::CallError;
use controlplane_server::{Begin, Server as ControlPlane, ServerConfig, StartError};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Run a control-plane server, or look after those that run
///
/// The first server of a cluster is started with --bootstrap, every other one with --join and a token of
/// `hearth token create --role server`. Both are said once: from then on the data folder knows.
///
/// Example: hearth server --bootstrap --grpc-addr 10.0.0.1:4567
/// Example: hearth server --join 10.0.0.1 --token hearth1... --grpc-addr 10.0.0.2:4567
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
    Promote(promote::Promote),
    Remove(remove::Remove),
    Recover(recover::Recover),
}

/// What a server is run with.
#[derive(Args, Debug)]
struct Run {
    #[command(flatten)]
    region: RegionFlags,
    #[command(flatten)]
    doors: Doors,
    /// Found a cluster, of which this is the first server
    #[arg(long, conflicts_with_all = ["join", "token"])]
    bootstrap: bool,
    /// Join the cluster of these servers; one that answers is enough
    #[arg(long, value_name = "HOST[:PORT]", value_delimiter = ',', value_parser = server_address)]
    join: Vec<String>,
    /// One-time token of `hearth token create --role server`; needed to join for the first time
    #[arg(long, env = "HEARTH_TOKEN", hide_env_values = true, requires = "join")]
    token: Option<Token>,
    /// What people call this server [default: the host name]
    #[arg(long)]
    name: Option<String>,
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
    /// Where other machines reach the gRPC port; needed when --grpc-addr is every address of the machine (0.0.0.0)
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) advertise: Option<String>,
    /// Seconds a node may be silent before its instances are replaced
    #[arg(long, default_value_t = 30)]
    pub(crate) node_grace: u64,
    /// Serve the measuring hooks /_hearth/bench/put, get and watch to anybody (loopback only)
    #[arg(long)]
    pub(crate) enable_bench: bool,
    /// How much an account may ask at the AWS port: `aws`, or NAME=BURST:RATE of an action or class; several with commas between
    #[arg(long, value_name = "LIMITS", value_parser = clap::value_parser!(Limits))]
    pub(crate) api_limits: Option<Limits>,
    /// Fetch keys of OpenID Connect providers from loopback addresses of this machine too (labs)
    #[arg(long)]
    pub(crate) loopback_providers: bool,
    /// The AWS port speaks TLS with the cluster's own authority; `hearth env` names it to clients
    #[arg(long, conflicts_with_all = ["aws_cert", "aws_plaintext"])]
    aws_tls: bool,
    /// The AWS port speaks TLS with this certificate (PEM); may be replaced at any time
    #[arg(long, value_name = "FILE", requires = "aws_key", conflicts_with = "aws_plaintext")]
    aws_cert: Option<PathBuf>,
    /// Key of --aws-cert (PEM)
    #[arg(long, value_name = "FILE", requires = "aws_cert")]
    aws_key: Option<PathBuf>,
    /// The AWS port speaks plain HTTP, also beyond loopback
    #[arg(long)]
    aws_plaintext: bool,
    /// Days a certificate of the cluster lives; everybody renews after two thirds of it
    #[arg(long, value_name = "DAYS", default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=3650))]
    certificate_days: u32,
    #[command(flatten)]
    pub(crate) store: ObjectStoreFlags,
    #[command(flatten)]
    pub(crate) traces: TraceFlags,
}

impl Doors {
    pub(crate) fn aws_link(&self) -> AwsLink {
        match (&self.aws_cert, &self.aws_key) {
            (Some(certificate), Some(key)) => {
                AwsLink::Given { certificate: certificate.clone(), key: key.clone() }
            }
            _ if self.aws_tls => AwsLink::ClusterAuthority,
            _ if self.aws_plaintext => AwsLink::Plaintext,
            _ => AwsLink::Loopback,
        }
    }

    pub(crate) fn certificate_life(&self) -> Duration {
        Duration::from_secs(u64::from(self.certificate_days) * 24 * 3600)
    }
}

/// Where servers are unless said otherwise.
const DEFAULT_PORT: u16 = 4567;

fn server_address(text: &str) -> Result<String, String> {
    if text.is_empty() || !text.chars().all(|c| c.is_ascii_graphic()) {
        return Err("it must be HOST or HOST:PORT".to_owned());
    }
    // An IPv6 address without brackets has colons, and no port.
    if !text.starts_with('[') && text.matches(':').count() > 1 {
        return Ok(format!("[{text}]:{DEFAULT_PORT}"));
    }
    match text.rsplit_once(':') {
        Some((_, port)) if !port.ends_with(']') => {
            port.parse::<u16>().map(|_| text.to_owned()).map_err(|_| format!("{port:?} is no port"))
        }
        _ => Ok(format!("{text}:{DEFAULT_PORT}")),
    }
}

impl Server {
    /// Running one and recovering one are about this machine's own folder.
    pub(super) fn is_local(&self) -> bool {
        matches!(self.command, None | Some(Command::Recover(_)))
    }

    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        match self.command {
            None => self.run.run(target).await,
            Some(Command::List(command)) => command.run(target).await,
            Some(Command::Leader(command)) => command.run(target).await,
            Some(Command::TransferLeader(command)) => command.run(target).await,
            Some(Command::Promote(command)) => command.run(target).await,
            Some(Command::Remove(command)) => command.run(target).await,
            Some(Command::Recover(command)) => command.run(target),
        }
    }
}

impl Run {
    async fn run(self, target: &Target) -> Result<(), CliError> {
        observe::start()?;
        self.doors.traces.start("hearth-server")?;
        let config = ServerConfig {
            data_dir: target.server_dir(),
            pki_dir: target.pki_dir(),
            name: self.name.clone().map_or_else(host_name, Ok)?,
            begin: self.begin(),
            advertise: self.doors.advertise.clone(),
            aws_addr: self.doors.aws_addr,
            aws_link: self.doors.aws_link(),
            certificate_life: self.doors.certificate_life(),
            grpc_addr: self.doors.grpc_addr,
            first_start: self.region.first_start()?,
            any_credentials: false,
            allow_reset: false,
            enable_bench: self.doors.enable_bench,
            limits: self.doors.api_limits.clone(),
            loopback_providers: self.doors.loopback_providers,
            node_grace: Duration::from_secs(self.doors.node_grace),
            trails: self.doors.store.trails()?,
        };
        let server = start(config, target).await?;
        output::write("hearth: ready\n")?;
        shutdown::asked_of(&server).await?;
        server.shutdown().await;
        observe::finish().await;
        Ok(())
    }
}

impl Run {
    fn begin(&self) -> Begin {
        match (self.bootstrap, self.join.is_empty()) {
            (true, _) => Begin::Bootstrap,
            (false, false) => Begin::Join { servers: self.join.clone(), token: self.token.clone() },
            (false, true) => Begin::Continue,
        }
    }
}

/// Starts a server and notes where it is.
pub(crate) async fn start(config: ServerConfig, target: &Target) -> Result<ControlPlane, CliError> {
    let server = ControlPlane::start(config, TokioRuntime::current()).await.map_err(not_started)?;
    target.write_endpoint(&server.grpc_addr().to_string())?;
    tokio::select! {
        () = server.ready() => {}
        ended = server.ended() => return Err(shutdown::ended(ended)),
    }
    tracing::info!(aws = %server.aws_addr(), grpc = %server.grpc_addr(), "serving");
    Ok(server)
}

/// What the operator can put right is told apart from what failed.
fn not_started(error: StartError) -> CliError {
    let kind = match &error {
        StartError::Origin(OriginError::Removed(_)) => Kind::Removed,
        StartError::Origin(
            OriginError::Pki(_)
            | OriginError::File { .. }
            | OriginError::Store { .. }
            | OriginError::LogGone { .. },
        ) => Kind::Failed,
        StartError::Origin(OriginError::Join(error)) if !matches!(error, CallError::Refused(_)) => {
            Kind::Unavailable
        }
        StartError::Origin(_)
        | StartError::NotLoopback { .. }
        | StartError::Plaintext(_)
        | StartError::NodeGrace { .. }
        | StartError::Unspecified(_)
        | StartError::Advertise(_) => Kind::Refused,
        _ => Kind::Failed,
    };
    CliError::failed("the server does not start", &error).with_kind(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_have_a_port_of_their_own_if_none_is_given() {
        for (text, address) in [
            ("10.0.0.1", "10.0.0.1:4567"),
            ("10.0.0.1:99", "10.0.0.1:99"),
            ("rack1", "rack1:4567"),
            ("[::1]", "[::1]:4567"),
            ("[::1]:99", "[::1]:99"),
            ("fd00::1:2", "[fd00::1:2]:4567"),
        ] {
            assert_eq!(server_address(text).as_deref(), Ok(address), "{text}");
        }
        for text in ["", "rack1:", "rack1:x", "rack1:99999", "a b"] {
            assert!(server_address(text).is_err(), "{text}");
        }
    }
}
