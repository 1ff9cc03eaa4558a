use crate::client::Target;
use crate::complete;
use crate::error::CliError;
use crate::output;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use controlplane_proto::api::ExplainRequest;

/// Say what a manifest of a kind may hold: fields, their types, bounds and meaning
///
/// Example: hearth explain vpc
///
/// Example: hearth explain asg.serviceRegistry.healthCheck
///
/// Example: hearth explain launch_template --recursive
#[derive(Args, Debug)]
pub(crate) struct Explain {
    /// Kind, plural or short name, and a field of its spec
    #[arg(value_name = "KIND[.FIELD...]", add = ArgValueCompleter::new(complete::what))]
    what: String,
    /// Names and types of everything below, instead of what the next fields mean
    #[arg(long)]
    recursive: bool,
}

impl Explain {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        let request = ExplainRequest { what: self.what, recursive: self.recursive };
        output::write(&target.connect().await?.explain(request).await?.into_inner().text)
    }
}
