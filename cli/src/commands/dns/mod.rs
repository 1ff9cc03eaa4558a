//! `hearth dns`: running a DNS server, and asking those that run.

mod explain;
mod transfer;

pub(crate) use transfer::TransferFlags;

use super::{agent::host_name, shutdown};
use crate::client::Target;
use crate::enroll::{JoinFlags, enroll};
use crate::error::CliError;
use crate::observe::{self, MetricsFlags};
use crate::output;
use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use controlplane_raft::TokioRuntime;
use controlplane_server::pki::{Holder, Role};
use controlplane_types::Runtime;
use controlplane_types::dns::geography::CHECKER_REGIONS;
use dns::{Config, GrpcFeed, HealthConfig, HealthTls, LocationConfig, Server};
use rustls::CertificateError;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// Run an authoritative DNS server, or ask those that run
///
/// Example: hearth dns --dns-addr 0.0.0.0:53
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Dns {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: Run,
}

#[derive(Subcommand, Debug)]
enum Command {
    Explain(explain::Explain),
}

/// What a DNS server is run with.
#[derive(Args, Debug)]
struct Run {
    /// Where queries are answered, UDP and TCP
    #[arg(long, default_value = "127.0.0.1:5353")]
    dns_addr: SocketAddr,
    /// Where other DNS servers send their health tables
    #[arg(long, default_value = "127.0.0.1:4568")]
    health_addr: SocketAddr,
    /// Route 53's checker region that this server's health checks stand for, and from which it measures how far clients are
    /// [default: each of them, and nothing is measured]
    #[arg(long, value_name = "REGION", value_parser = PossibleValuesParser::new(CHECKER_REGIONS))]
    checker_region: Option<String>,
    /// Name among the DNS servers [default: the host name]
    #[arg(long)]
    name: Option<String>,
    /// UDP threads [default: one per processor]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    workers: usize,
    /// MaxMind-format file that says where client networks are
    #[arg(long, value_name = "FILE")]
    geo_db: Option<PathBuf>,
    /// Table of latencies between client networks and regions, lines such as 192.0.2.0/24 eu-west-1=12
    #[arg(long, value_name = "FILE")]
    latency_table: Option<PathBuf>,
    /// Told to clients that ask which server answered them (NSID) [default: nothing]
    #[arg(long, value_name = "TEXT")]
    nsid: Option<String>,
    /// UDP replies for each second, UDP thread and client address; 0 is no limit
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    response_rate: u32,
    /// Where query logs of hosted zones are written, a file for each [default: none are written]
    #[arg(long, value_name = "DIR")]
    query_log_dir: Option<PathBuf>,
    #[command(flatten)]
    transfer: TransferFlags,
    #[command(flatten)]
    join: JoinFlags,
    #[command(flatten)]
    metrics: MetricsFlags,
}

impl Dns {
    /// Whether it works on this machine's own data folder.
    pub(crate) fn is_local(&self) -> bool {
        self.command.is_none()
    }

    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        match self.command {
            Some(Command::Explain(command)) => command.run(target).await,
            None => self.run.run(target).await,
        }
    }
}

impl Run {
    async fn run(self, target: &Target) -> Result<(), CliError> {
        observe::start()?;
        self.metrics.start().await?;
        let runtime: Arc<dyn Runtime> = TokioRuntime::current();
        let name = self.name.map_or_else(host_name, Ok)?;
        let credentials = enroll(&self.join, Role::Dns, &name, target, &runtime).await?;
        let unusable = |error| CliError::failed("the DNS server's certificate cannot be used", &error);
        let feed_tls = credentials.connector(Role::Server).map_err(unusable)?;
        let health_tls = HealthTls {
            server: credentials.closed_door(Arc::new(dns_servers_only)).map_err(unusable)?,
            client: credentials.connector(Role::Dns).map_err(unusable)?,
        };
        let data_dir = target.data_dir.join("dns");
        let feed = GrpcFeed::new(target.addresses()?, &data_dir, Some(feed_tls), runtime.clone());
        let config = Config {
            name,
            dns_addr: self.dns_addr,
            data_dir,
            workers: self.workers,
            health: Some(HealthConfig { addr: self.health_addr, advertised: None, tls: Some(health_tls) }),
            checker_region: self.checker_region.unwrap_or_default(),
            location: LocationConfig { geo_db: self.geo_db, latency_table: self.latency_table },
            nsid: self.nsid.unwrap_or_default(),
            response_rate: self.response_rate,
            query_log_dir: self.query_log_dir,
            transfer: self.transfer.config(),
        };
        let handle = Server::start(config, runtime, Arc::new(feed))
            .await
            .map_err(|error| CliError::failed("the DNS server does not start", &error))?;
        output::write("hearth: ready\n")?;
        shutdown::asked().await?;
        handle.shutdown().await;
        Ok(())
    }
}

/// Health tables of anybody else could move traffic.
fn dns_servers_only(holder: &Holder) -> Result<(), CertificateError> {
    match holder.role {
        Role::Dns => Ok(()),
        _ => Err(CertificateError::ApplicationVerificationFailure),
    }
}
