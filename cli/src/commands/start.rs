use super::power;
use crate::client::Target;
use crate::complete;
use crate::error::CliError;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;

/// Start stopped instances
///
/// Each starts on the node that has its root file system, or not at all.
///
/// Example: hearth start i/web-1
#[derive(Args, Debug)]
pub(crate) struct Start {
    /// Kind, plural or short name, then names or ids; or KIND/NAME...
    #[arg(required = true, value_name = "WHAT", add = ArgValueCompleter::new(complete::what))]
    what: Vec<String>,
}

impl Start {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        power::tell(target, &self.what, "start").await
    }
}
