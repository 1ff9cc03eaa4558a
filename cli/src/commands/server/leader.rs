use crate::client::Target;
use crate::error::{CliError, Kind};
use crate::output;
use clap::{Args, ValueEnum};
use controlplane_proto::api::ServersRequest;
use serde_json::json;

/// Print the number of the server that leads
///
/// Example: hearth server leader
#[derive(Args, Debug)]
pub(crate) struct Leader {
    /// How to print [default: the number alone]
    #[arg(short, long, value_enum)]
    output: Option<As>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum As {
    /// Number, address, version and applied index
    Json,
}

impl Leader {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        let servers = target.connect().await?.servers(ServersRequest {}).await?.into_inner().servers;
        let leader = servers.into_iter().find(|server| server.leader);
        let leader =
            leader.ok_or_else(|| CliError::new(Kind::Unavailable, "no server leads at the moment"))?;
        match self.output {
            None => output::write(&format!("{}\n", leader.number)),
            Some(As::Json) => {
                let leader = json!({
                    "number": leader.number, "address": leader.address, "version": leader.version,
                    "appliedIndex": leader.applied_index,
                });
                output::write(&format!("{leader}\n"))
            }
        }
    }
}
