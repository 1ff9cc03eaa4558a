//! Reaching the region: which server, with which certificate.

use crate::error::{CliError, Kind};
use clap::Args;
use controlplane_proto::api::hearth_client::HearthClient;
use controlplane_proto::identity::identity_client::IdentityClient;
use controlplane_proto::tls::Connector;
use controlplane_raft::TokioRuntime;
use controlplane_server::pki::join::{CallError, ask_leader};
use controlplane_server::pki::{Credentials, Folder, Role, renewal};
use controlplane_types::Runtime;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tonic::Status;
use tonic::transport::Channel;

/// File in the data folder that says where the server is.
const ENDPOINT_FILE: &str = "endpoint";
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// Where the region is.
#[derive(Args, Clone, Debug)]
pub(crate) struct Target {
    /// Folder with the certificates and, on a server's machine, everything durable
    #[arg(long, global = true, env = "HEARTH_DATA_DIR", default_value = "/var/lib/hearth")]
    pub(crate) data_dir: PathBuf,
    /// Server's gRPC address [default: the one the data folder names]
    #[arg(long, global = true, env = "HEARTH_SERVER")]
    pub(crate) server: Option<String>,
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

    /// Notes where the server of this data folder is.
    pub(crate) fn write_endpoint(&self, address: &str) -> std::io::Result<()> {
        std::fs::write(self.data_dir.join(ENDPOINT_FILE), address)
    }

    /// Addresses of the servers, the given ones or the one of this data folder.
    pub(crate) fn addresses(&self) -> Result<Vec<String>, CliError> {
        let text = match &self.server {
            Some(given) => given.clone(),
            None => read_endpoint(&self.data_dir)?,
        };
        Ok(text
            .split(',')
            .map(|address| address.trim().to_owned())
            .filter(|address| !address.is_empty())
            .collect())
    }

    /// A connection to the first server that answers.
    pub(crate) async fn connect(&self) -> Result<HearthClient<Channel>, CliError> {
        let connector = self.connector().await?;
        let mut last = CliError::new(Kind::Unavailable, "no server address is known");
        for address in self.addresses()? {
            match reach(&address, connector.clone()).await {
                Ok(channel) => return Ok(HearthClient::new(channel).max_decoding_message_size(64 << 20)),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Asks the identity service of the server that leads.
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
                CliError::failed("the region cannot be asked", &error).unavailable()
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
}

async fn reach(address: &str, connector: Connector) -> Result<Channel, CliError> {
    let endpoint = Connector::endpoint(address)
        .map_err(|error| CliError::failed(format!("{address} is not an address"), &error))?
        .connect_timeout(CONNECT_WITHIN);
    endpoint.connect_with_connector(connector).await.map_err(|error| {
        let failed = CliError::failed(format!("the server at {address} cannot be reached"), &error);
        failed.unavailable().with_hint("is `hearth server` or `hearth dev` running?")
    })
}

fn read_endpoint(data_dir: &Path) -> Result<String, CliError> {
    std::fs::read_to_string(data_dir.join(ENDPOINT_FILE)).map_err(|_| {
        let message = format!("no server is known in {}", data_dir.display());
        CliError::new(Kind::Unavailable, message)
            .with_hint("give --server HOST:PORT, or --data-dir of a running server (HEARTH_DATA_DIR)")
    })
}
