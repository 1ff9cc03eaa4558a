use crate::client::Target;
use crate::error::CliError;
use crate::output;
use clap::Args;
use controlplane_proto::api::TransferLeaderRequest;

/// Hand leadership over to another server, and print which
///
/// Example: hearth server transfer-leader --to 2
#[derive(Args, Debug)]
pub(crate) struct TransferLeader {
    /// Number of the server that shall lead [default: the one that is furthest]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    to: Option<u64>,
}

impl TransferLeader {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        let request = TransferLeaderRequest { to: self.to.unwrap_or_default() };
        let response = target.connect().await?.transfer_leader(request).await?.into_inner();
        output::write(&format!("{}\n", response.leader))
    }
}
