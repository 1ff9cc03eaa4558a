//! Reaching the region: which servers, with which certificate.

pub(crate) mod contexts;
mod servers;

use crate::error::{CliError, Kind};
use clap::Args;
use contexts::Contexts;
use controlplane_proto::api::hearth_client::HearthClient;
use controlplane_proto::debug::debug_client::DebugClient;
use controlplane_proto::identity::identity_client::IdentityClient;
use controlplane_proto::tls::Connector;
use controlplane_raft::TokioRuntime;
use controlplane_server::pki::join::{CallError, ask_leader};
use controlplane_server::pki::{Credentials, Folder, Role, renewal};
use controlplane_types::Runtime;
use servers::{CONNECT_WITHIN, Servers};
use std::path::{Path, PathBuf};
use tonic::Status;
use tonic::transport::Channel;

/// File in the data folder that says where the servers are.
const ENDPOINT_FILE: &str = "endpoint";
/// Rows of everything fit.
const MOST_MESSAGE_BYTES: usize = 64 << 20;

/// A client of the native door that moves on when a server dies.
pub(crate) type Client = HearthClient<Servers>;

/// Folder of the packages and of `make up`.
const DATA_DIR: &str = "/var/lib/hearth";

/// Which region is meant.
#[derive(Args, Clone, Debug)]
pub(crate) struct TargetFlags {
    /// Folder with the certificates and, on a server's machine, everything durable [default: the context's, else
    /// /var/lib/hearth]
    #[arg(long, global = true, env = "HEARTH_DATA_DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Servers' gRPC addresses, HOST:PORT[,HOST:PORT...] [default: those the data folder names]
    #[arg(long, global = true, env = "HEARTH_SERVER", value_delimiter = ',', value_name = "HOST:PORT")]
    pub(crate) server: Vec<String>,
    /// A region by its name of `hearth config set-context` [default: the one of `hearth config use-context`]
    #[arg(long, global = true, env = "HEARTH_CONTEXT", value_name = "NAME", conflicts_with = "data_dir")]
    context: Option<String>,
    /// The region to act in, of those the cluster serves [default: its first one]; of an agent, where its machine stands
    /// [default: where its zone is]
    #[arg(long, global = true, value_name = "REGION")]
    region: Option<String>,
}

impl TargetFlags {
    /// The region a command asks. What is said on the command line wins over the context.
    pub(crate) fn region(&self) -> Result<Target, CliError> {
        if self.data_dir.is_some() {
            return Ok(self.local());
        }
        let contexts = Contexts::read()?;
        let Some(context) = contexts.chosen(self.context.as_deref())? else { return Ok(self.local()) };
        let server = if self.server.is_empty() { &context.server } else { &self.server };
        Ok(Target { data_dir: context.data_dir.clone(), server: server.clone(), region: self.region.clone() })
    }

    /// The same for what works on this machine's own folder: no context has a say.
    pub(crate) fn local(&self) -> Target {
        let data_dir = self.data_dir.clone().unwrap_or_else(|| DATA_DIR.into());
        Target { data_dir, server: self.server.clone(), region: self.region.clone() }
    }
}

/// Where the region is.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// Folder with the certificates and, on a server's machine, everything durable.
    pub(crate) data_dir: PathBuf,
    /// Servers' gRPC addresses; empty: those the data folder names.
    pub(crate) server: Vec<String>,
    /// The region to act in; the home region when not said.
    pub(crate) region: Option<String>,
}

impl Target {
    /// Folder with the certificates.
    pub(crate) fn pki_dir(&self) -> PathBuf {
        self.data_dir.join("pki")
    }

    /// The same, as certificates.
    pub(crate) fn pki(&self) -> Folder {
        Folder::at(self.pki_dir())
    }

    /// Folder with everything durable of a server.
    pub(crate) fn server_dir(&self) -> PathBuf {
        self.data_dir.join("server")
    }

    /// Notes where the server of this data folder is, beside the others of its cluster.
    pub(crate) fn write_endpoint(&self, address: &str) -> std::io::Result<()> {
        let mut addresses = self.read_endpoints().unwrap_or_default();
        addresses.retain(|known| known != address);
        addresses.insert(0, address.to_owned());
        keep(&self.endpoint_file(), &addresses)
    }

    /// Addresses of the servers, the given ones or those of this data folder.
    pub(crate) fn addresses(&self) -> Result<Vec<String>, CliError> {
        let given: Vec<String> = split(&self.server.join(","));
        if !given.is_empty() {
            return Ok(given);
        }
        self.read_endpoints().map_err(|_| {
            let message = format!("no server is known in {}", self.data_dir.display());
            CliError::new(Kind::Unavailable, message)
                .with_hint("give --server HOST:PORT, or --data-dir of a running server (HEARTH_DATA_DIR)")
        })
    }

    /// A connection to the first server that answers.
    pub(crate) async fn connect(&self) -> Result<Client, CliError> {
        let connector = self.connector().await?;
        let servers = Servers::new(self.addresses()?, self.endpoint_file(), connector);
        let servers = servers.in_region(self.region.as_deref())?;
        servers.reach().await?;
        Ok(HearthClient::new(servers).max_decoding_message_size(MOST_MESSAGE_BYTES))
    }

    /// A client of the debug door, at whichever server answers.
    pub(crate) async fn debug(&self) -> Result<DebugClient<Servers>, CliError> {
        let servers = Servers::new(self.addresses()?, self.endpoint_file(), self.connector().await?);
        servers.reach().await?;
        Ok(DebugClient::new(servers).max_decoding_message_size(MOST_MESSAGE_BYTES))
    }

    /// A client of the debug door of one server and of no other.
    pub(crate) async fn debug_at(&self, address: &str) -> Result<DebugClient<Channel>, CliError> {
        let unreachable = |error| {
            CliError::failed(format!("the server at {address} cannot be reached"), &error)
                .with_kind(Kind::Unavailable)
        };
        let endpoint = Connector::endpoint(address).map_err(unreachable)?.connect_timeout(CONNECT_WITHIN);
        let channel = endpoint.connect_with_connector(self.connector().await?).await.map_err(unreachable)?;
        Ok(DebugClient::new(channel).max_decoding_message_size(MOST_MESSAGE_BYTES))
    }

    /// Asks the identity service of the server that leads. It wants the caller's own certificate, so nobody passes it on.
    pub(crate) async fn ask_identity<T, F>(
        &self,
        call: impl Fn(IdentityClient<Channel>) -> F + Sync,
    ) -> Result<T, CliError>
    where
        F: Future<Output = Result<T, Status>> + Send,
    {
        let connector = self.connector().await?;
        let runtime = TokioRuntime::current();
        ask_leader(&self.addresses()?, &connector, &*runtime, call).await.map_err(|error| match error {
            CallError::Refused(status) => (*status).into(),
            error @ CallError::Unreachable { .. } => {
                CliError::failed("the region cannot be asked", &error).with_kind(Kind::Unavailable)
            }
            error => CliError::failed("the region cannot be asked", &error),
        })
    }

    /// TLS with this machine's administrator's certificate, renewed on the way when it is due.
    async fn connector(&self) -> Result<Connector, CliError> {
        let unusable = |error| CliError::failed("the client certificate cannot be used", &error);
        let credentials = Credentials::load(self.pki(), Role::Client).map_err(unusable)?;
        let runtime = TokioRuntime::current();
        if credentials.holder().renewal_at() < runtime.now() {
            // The old one is good for a third of its life yet; the next command tries again.
            if let Err(error) = renewal::renew(&credentials, &self.addresses()?, &*runtime).await {
                eprintln!("warning: the client certificate cannot be renewed: {error}");
            }
        }
        credentials.connector(Role::Server).map_err(unusable)
    }

    fn endpoint_file(&self) -> PathBuf {
        self.data_dir.join(ENDPOINT_FILE)
    }

    fn read_endpoints(&self) -> std::io::Result<Vec<String>> {
        std::fs::read_to_string(self.endpoint_file()).map(|text| split(&text))
    }
}

/// Beside and renamed, so that a command that runs meanwhile finds a whole list.
fn keep(file: &Path, addresses: &[String]) -> std::io::Result<()> {
    let aside = file.with_extension(format!("{}.new", std::process::id()));
    std::fs::write(&aside, addresses.join(","))?;
    std::fs::rename(&aside, file)
}

/// The addresses of a comma separated list.
fn split(text: &str) -> Vec<String> {
    text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}
