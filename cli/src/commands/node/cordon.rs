use super::schedule;
use crate::client::Target;
use crate::complete;
use crate::error::CliError;
use crate::output;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use controlplane_proto::api::set_node_scheduling_request::Scheduling;

/// Keep new instances off nodes; what runs there stays
///
/// Example: hearth node cordon rack1-a
#[derive(Args, Debug)]
pub(crate) struct Cordon {
    /// Names of the nodes
    #[arg(required = true, value_name = "NODE", add = ArgValueCompleter::new(complete::nodes))]
    nodes: Vec<String>,
}

impl Cordon {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        let mut client = target.connect().await?;
        for node in self.nodes {
            schedule(&mut client, &node, Scheduling::Cordoned).await?;
            output::write(&format!("node/{node} cordoned\n"))?;
        }
        Ok(())
    }
}
