use crate::client::Target;
use crate::complete;
use crate::error::CliError;
use crate::names::{Named, records};
use crate::output;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use controlplane_proto::api::DeleteRequest;

/// Delete records
///
/// Example: hearth delete auto_scaling_group web
#[derive(Args, Debug)]
pub(crate) struct Delete {
    /// Kind, plural or short name, then names or ids; or KIND/NAME...
    #[arg(required = true, value_name = "WHAT", add = ArgValueCompleter::new(complete::what))]
    what: Vec<String>,
}

impl Delete {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        let mut client = target.connect().await?;
        for Named { kind, name } in records(&self.what)? {
            let request = DeleteRequest { kind: kind.clone(), name: name.clone() };
            let response = client.delete(request).await?.into_inner();
            output::write(&format!("{kind}/{name} {}  {}\n", response.outcome, response.id))?;
        }
        Ok(())
    }
}
