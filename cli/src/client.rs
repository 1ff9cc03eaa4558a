//! Reaching the region: which server, with which certificate.

use crate::error::{CliError, Kind};
use clap::Args;
use controlplane_proto::api::hearth_client::HearthClient;
use controlplane_server::pki::{Pki, Role};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tonic::transport::{Channel, Endpoint};

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

    /// Folder with everything durable of a server.
    pub(crate) fn server_dir(&self) -> PathBuf {
        self.data_dir.join("server")
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
        let tls = Pki::at(self.pki_dir())
            .client_tls(Role::Client, Role::Server)
            .map_err(|error| CliError::failed("the client certificate cannot be read", &error))?;
        let mut last = CliError::new(Kind::Unavailable, "no server address is known");
        for address in self.addresses()? {
            let endpoint = Endpoint::from_shared(format!("https://{address}"))
                .and_then(|endpoint| endpoint.tls_config(tls.clone()))
                .map_err(|error| CliError::failed(format!("{address} is not an address"), &error))?
                .connect_timeout(CONNECT_WITHIN)
                .tcp_nodelay(true);
            match endpoint.connect().await {
                Ok(channel) => return Ok(HearthClient::new(channel).max_decoding_message_size(64 << 20)),
                Err(error) => {
                    let failed =
                        CliError::failed(format!("the server at {address} cannot be reached"), &error);
                    last = failed
                        .with_kind(Kind::Unavailable)
                        .with_hint("is `hearth server` or `hearth dev` running?");
                }
            }
        }
        Err(last)
    }
}

fn read_endpoint(data_dir: &Path) -> Result<String, CliError> {
    std::fs::read_to_string(data_dir.join(ENDPOINT_FILE)).map_err(|_| {
        let message = format!("no server is known in {}", data_dir.display());
        CliError::new(Kind::Unavailable, message)
            .with_hint("give --server HOST:PORT, or --data-dir of a running server (HEARTH_DATA_DIR)")
    })
}
