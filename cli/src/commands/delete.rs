use crate::client::Target;
use crate::error::CliError;
use crate::output;
use clap::Args;
use controlplane_proto::api::DeleteRequest;

/// Delete records
///
/// Example: hearth delete auto_scaling_group web
#[derive(Args, Debug)]
pub(crate) struct Delete {
    /// Kind, plural or short name
    kind: String,
    /// Names or ids
    #[arg(required = true)]
    names: Vec<String>,
}

impl Delete {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        let mut client = target.connect().await?;
        for name in self.names {
            let request = DeleteRequest { kind: self.kind.clone(), name: name.clone() };
            let response = client.delete(request).await?.into_inner();
            output::write(&format!("{}/{name} {}  {}\n", self.kind, response.outcome, response.id))?;
        }
        Ok(())
    }
}
