use super::power;
use crate::client::Target;
use crate::complete;
use crate::error::CliError;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;

/// End what runs in instances and start it again
///
/// Example: hearth reboot i/web-1
#[derive(Args, Debug)]
pub(crate) struct Reboot {
    /// Kind, plural or short name, then names or ids; or KIND/NAME...
    #[arg(required = true, value_name = "WHAT", add = ArgValueCompleter::new(complete::what))]
    what: Vec<String>,
}

impl Reboot {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        power::tell(target, &self.what, "reboot").await
    }
}
