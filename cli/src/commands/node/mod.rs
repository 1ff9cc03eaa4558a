//! `hearth node`: looking after the machines.

mod cordon;
mod drain;
mod join;
mod label;
mod leave;
mod spec;
mod taint;
mod uncordon;

#[cfg(test)]
mod tests;

use crate::client::{Client, Target};
use crate::error::CliError;
use clap::Subcommand;
use controlplane_proto::api::SetNodeSchedulingRequest;
use controlplane_proto::api::set_node_scheduling_request::Scheduling;

/// The machines that run instances: take them out for maintenance, bring them in, let them go
#[derive(Subcommand, Debug)]
pub(crate) enum Node {
    Cordon(cordon::Cordon),
    Uncordon(uncordon::Uncordon),
    Drain(drain::Drain),
    Label(label::Label),
    Taint(taint::Taint),
    Join(join::Join),
    Leave(leave::Leave),
}

impl Node {
    /// Joining makes this machine's own folder.
    pub(super) fn is_local(&self) -> bool {
        matches!(self, Self::Join(_))
    }

    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        match self {
            Self::Cordon(command) => command.run(target).await,
            Self::Uncordon(command) => command.run(target).await,
            Self::Drain(command) => command.run(target).await,
            Self::Label(command) => command.run(target).await,
            Self::Taint(command) => command.run(target).await,
            Self::Join(command) => command.run(target).await,
            Self::Leave(command) => command.run(target).await,
        }
    }
}

async fn schedule(client: &mut Client, node: &str, scheduling: Scheduling) -> Result<(), CliError> {
    let request = SetNodeSchedulingRequest {
        node: node.to_owned(),
        scheduling: scheduling.into(),
        end_standalone: false,
    };
    client.set_node_scheduling(request).await?;
    Ok(())
}
