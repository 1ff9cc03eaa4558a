use super::power;
use crate::client::Target;
use crate::complete;
use crate::error::CliError;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;

/// Stop instances; their root file systems, interfaces and private addresses stay
///
/// Example: hearth stop instances web-1 web-2 --force
#[derive(Args, Debug)]
pub(crate) struct Stop {
    /// Kind, plural or short name, then names or ids; or KIND/NAME...
    #[arg(required = true, value_name = "WHAT", add = ArgValueCompleter::new(complete::what))]
    what: Vec<String>,
    /// Give their processes no time to end by themselves
    #[arg(long)]
    force: bool,
}

impl Stop {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        let verb = if self.force { "stop-force" } else { "stop" };
        power::tell(target, &self.what, verb).await
    }
}
