use crate::client::Target;
use crate::commands::agent::host_name;
use crate::enroll::{JoinFlags, enroll};
use crate::error::CliError;
use crate::output;
use clap::Args;
use controlplane_raft::TokioRuntime;
use controlplane_server::pki::Role;
use controlplane_types::Runtime;
use std::sync::Arc;

/// Get this machine's certificate with a token of role agent; `hearth agent` then needs neither servers nor token
///
/// For machines where a service manager starts the agent: a token is good once, and does not belong into a unit file.
///
/// Example: hearth node join --join 10.0.0.1:4567 --token hearth1... --node rack1-a
#[derive(Args, Debug)]
pub(crate) struct Join {
    #[command(flatten)]
    join: JoinFlags,
    /// Name of the node [default: the host name]
    #[arg(long)]
    node: Option<String>,
}

impl Join {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        let runtime: Arc<dyn Runtime> = TokioRuntime::current();
        let name = self.node.map_or_else(host_name, Ok)?;
        enroll(&self.join, Role::Agent, &name, target, &runtime).await?;
        output::write(&format!("node/{name} may start its agent: hearth agent --node {name}\n"))
    }
}
