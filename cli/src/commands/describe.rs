use crate::client::Target;
use crate::complete;
use crate::error::CliError;
use crate::names::{Named, records};
use crate::output;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use controlplane_proto::api::DescribeRequest;

/// Show everything about records, with their events
///
/// Example: hearth describe instance/web-1
#[derive(Args, Debug)]
pub(crate) struct Describe {
    /// Kind, plural or short name, then names or ids; or KIND/NAME...
    #[arg(required = true, value_name = "WHAT", add = ArgValueCompleter::new(complete::what))]
    what: Vec<String>,
}

impl Describe {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        let mut client = target.connect().await?;
        let mut between = "";
        for Named { kind, name } in records(&self.what)? {
            let response = client.describe(DescribeRequest { kind, name }).await?.into_inner();
            output::write(&format!("{between}{}", response.text))?;
            between = "\n";
        }
        Ok(())
    }
}
