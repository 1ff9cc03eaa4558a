use super::drain;
use crate::client::Target;
use crate::complete;
use crate::error::CliError;
use crate::output;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use controlplane_proto::api::set_node_scheduling_request::Scheduling;
use controlplane_proto::api::{RemoveNodeRequest, SetNodeSchedulingRequest};
use std::time::Duration;

/// Let a node go for good: it is drained, its certificates are revoked, and the region forgets it
///
/// `hearth agent --purge` on the machine removes what the agent made there. To come back, it joins again with a new token.
///
/// Example: hearth node leave rack1-a
#[derive(Args, Debug)]
pub(crate) struct Leave {
    /// Name of the node
    #[arg(value_name = "NODE", add = ArgValueCompleter::new(complete::nodes))]
    node: String,
    /// End instances that belong to no group
    #[arg(long)]
    force: bool,
    /// Seconds to wait until the node is empty
    #[arg(long, default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..))]
    timeout: u64,
}

impl Leave {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        let mut client = target.connect().await?;
        let drain = SetNodeSchedulingRequest {
            node: self.node.clone(),
            scheduling: Scheduling::Draining.into(),
            end_standalone: self.force,
        };
        client.set_node_scheduling(drain).await?;
        drain::empty(target, &self.node, Duration::from_secs(self.timeout)).await?;
        client.remove_node(RemoveNodeRequest { node: self.node.clone() }).await?;
        output::write(&format!("node/{} left, and its certificates are revoked\n", self.node))
    }
}
