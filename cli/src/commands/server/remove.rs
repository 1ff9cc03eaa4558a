use crate::client::Target;
use crate::error::CliError;
use crate::output;
use clap::Args;
use controlplane_proto::api::RemoveServerRequest;

/// Put a server out of the cluster for good, dead or alive
///
/// It stops serving, its certificates are revoked, and its number is never given again. Refused when a majority of the
/// servers that stay does not answer, and when fewer than three voters would be left to hosted zones with accelerated recovery.
///
/// To replace a dead server, remove it and let another one join.
///
/// Example: hearth server remove 2
#[derive(Args, Debug)]
pub(crate) struct Remove {
    /// Number of the server
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    number: u64,
    /// Also when the servers that stay cannot agree on anything at the moment: nothing is decided until enough of
    /// them are back
    #[arg(long)]
    even_without_quorum: bool,
}

impl Remove {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        let request = RemoveServerRequest { number: self.number, may_lose_quorum: self.even_without_quorum };
        target.connect().await?.remove_server(request).await?;
        output::write(&format!("server/{} removed, and its certificates revoked\n", self.number))
    }
}
