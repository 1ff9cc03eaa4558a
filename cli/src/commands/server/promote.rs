use crate::client::Target;
use crate::error::CliError;
use crate::output;
use clap::Args;
use controlplane_proto::api::PromoteServerRequest;

/// Give a server that receives the log its vote
///
/// Happens by itself once the server has caught up; by hand, this says why it has not happened yet.
///
/// Example: hearth server promote 2
#[derive(Args, Debug)]
pub(crate) struct Promote {
    /// Number of the server
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    number: u64,
}

impl Promote {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        target.connect().await?.promote_server(PromoteServerRequest { number: self.number }).await?;
        output::write(&format!("server/{} promoted\n", self.number))
    }
}
