use super::{agent::host_name, shutdown};
use crate::client::Target;
use crate::error::CliError;
use crate::{logging, output};
use clap::Args;
use controlplane_raft::TokioRuntime;
use controlplane_server::pki::{Pki, Role};
use dns::{Config, GrpcFeed, HealthConfig, HealthTls, Server};
use std::net::SocketAddr;
use std::sync::Arc;

/// Run an authoritative DNS server
///
/// Example: hearth dns --dns-addr 0.0.0.0:53
#[derive(Args, Debug)]
pub(crate) struct Dns {
    /// Where queries are answered, UDP and TCP
    #[arg(long, default_value = "127.0.0.1:5353")]
    dns_addr: SocketAddr,
    /// Where other DNS servers send their health tables
    #[arg(long, default_value = "127.0.0.1:4568")]
    health_addr: SocketAddr,
    /// Name among the DNS servers [default: the host name]
    #[arg(long)]
    name: Option<String>,
    /// UDP threads [default: one per processor]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    workers: usize,
}

impl Dns {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        logging::start();
        let runtime = TokioRuntime::current();
        let pki = Pki::at(target.pki_dir());
        let unreadable = |error| CliError::failed("the DNS server's certificate cannot be read", &error);
        let feed_tls = pki.client_tls(Role::Dns, Role::Server).map_err(unreadable)?;
        let health_tls = HealthTls {
            server: pki.server_tls(Role::Dns).map_err(unreadable)?,
            client: pki.client_tls(Role::Dns, Role::Dns).map_err(unreadable)?,
        };
        let data_dir = target.data_dir.join("dns");
        let feed = GrpcFeed::new(target.addresses()?, &data_dir, Some(feed_tls), runtime.clone());
        let config = Config {
            name: self.name.map_or_else(host_name, Ok)?,
            dns_addr: self.dns_addr,
            data_dir,
            workers: self.workers,
            health: Some(HealthConfig { addr: self.health_addr, advertised: None, tls: Some(health_tls) }),
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
