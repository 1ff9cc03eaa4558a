use super::schedule;
use crate::client::Target;
use crate::complete;
use crate::error::CliError;
use crate::output;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use controlplane_proto::api::set_node_scheduling_request::Scheduling;

/// Let nodes take new instances again; ends a drain as well
///
/// Example: hearth node uncordon rack1-a
#[derive(Args, Debug)]
pub(crate) struct Uncordon {
    /// Names of the nodes
    #[arg(required = true, value_name = "NODE", add = ArgValueCompleter::new(complete::nodes))]
    nodes: Vec<String>,
}

impl Uncordon {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        let mut client = target.connect().await?;
        for node in self.nodes {
            schedule(&mut client, &node, Scheduling::Open).await?;
            output::write(&format!("node/{node} open\n"))?;
        }
        Ok(())
    }
}
