//! Reaching the region: which servers, with which certificate.

mod servers;

use crate::error::{CliError, Kind};
use clap::Args;
use controlplane_proto::api::hearth_client::HearthClient;
use controlplane_server::pki::{Pki, Role};
use servers::Servers;
use std::path::{Path, PathBuf};

/// File in the data folder that says where the servers are.
const ENDPOINT_FILE: &str = "endpoint";
/// Rows of everything fit.
const MOST_MESSAGE_BYTES: usize = 64 << 20;

/// A client of the native door that moves on when a server dies.
pub(crate) type Client = HearthClient<Servers>;

/// Where the region is.
#[derive(Args, Clone, Debug)]
pub(crate) struct Target {
    /// Folder with the certificates and, on a server's machine, everything durable
    #[arg(long, global = true, env = "HEARTH_DATA_DIR", default_value = "/var/lib/hearth")]
    pub(crate) data_dir: PathBuf,
    /// Servers' gRPC addresses, HOST:PORT[,HOST:PORT...] [default: those the data folder names]
    #[arg(long, global = true, env = "HEARTH_SERVER", value_delimiter = ',', value_name = "HOST:PORT")]
    pub(crate) server: Vec<String>,
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
        let tls = Pki::at(self.pki_dir())
            .client_tls(Role::Client, Role::Server)
            .map_err(|error| CliError::failed("the client certificate cannot be read", &error))?;
        let servers = Servers::new(self.addresses()?, self.endpoint_file(), tls);
        servers.reach().await?;
        Ok(HearthClient::new(servers).max_decoding_message_size(MOST_MESSAGE_BYTES))
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
