use crate::client::Target;
use crate::complete;
use crate::error::{CliError, Kind};
use crate::output;
use crate::watch::{Step, Watch};
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use controlplane_proto::api::row_change::Change;
use controlplane_proto::api::set_node_scheduling_request::Scheduling;
use controlplane_proto::api::{Row, SetNodeSchedulingRequest};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// Empty a node: it takes nothing new, and what runs there moves away
///
/// Each member of a group ends once its successor elsewhere serves, so no group falls below its desired capacity. Instances
/// of no group have no successor: the drain is refused unless --force ends them.
///
/// The region carries the drain on whether or not this command waits for it; `hearth node uncordon` ends it.
///
/// Example: hearth node drain rack1-a --timeout 600
#[derive(Args, Debug)]
pub(crate) struct Drain {
    /// Name of the node
    #[arg(value_name = "NODE", add = ArgValueCompleter::new(complete::nodes))]
    node: String,
    /// End instances that belong to no group
    #[arg(long)]
    force: bool,
    /// Seconds to wait until the node is empty; 0 does not wait
    #[arg(long, default_value_t = 600)]
    timeout: u64,
}

impl Drain {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        let request = SetNodeSchedulingRequest {
            node: self.node.clone(),
            scheduling: Scheduling::Draining.into(),
            end_standalone: self.force,
        };
        target.connect().await?.set_node_scheduling(request).await?;
        output::write(&format!("node/{} draining\n", self.node))?;
        if self.timeout == 0 {
            return Ok(());
        }
        empty(target, &self.node, Duration::from_secs(self.timeout)).await?;
        output::write(&format!("node/{} drained\n", self.node))
    }
}

/// Waits until nothing is left on a node, telling of each instance that goes.
pub(super) async fn empty(target: &Target, node: &str, patience: Duration) -> Result<(), CliError> {
    let mut left = BTreeMap::new();
    let watched = tokio::time::timeout(patience, until_empty(target, node, &mut left)).await;
    watched.unwrap_or_else(|_| {
        let names: Vec<&str> = left.values().map(String::as_str).collect();
        let message = format!("still on node {node} after {} s: {}", patience.as_secs(), names.join(", "));
        let hint =
            "the drain goes on; `hearth get instances -o wide` shows whether their successors find room";
        Err(CliError::new(Kind::TimedOut, message).with_hint(hint))
    })
}

async fn until_empty(
    target: &Target,
    node: &str,
    left: &mut BTreeMap<String, String>,
) -> Result<(), CliError> {
    let mut watch = Watch::start(target, "instance", "").await?;
    let mut synced = false;
    loop {
        match watch.next().await? {
            Step::Synced => synced = true,
            Step::Row(change, row) if change != Change::Deleted && stands_on(&row, node) => {
                left.insert(row.id.clone(), label(&row));
            }
            Step::Row(_, row) => {
                if let Some(gone) = left.remove(&row.id) {
                    output::write(&format!("{gone} gone\n"))?;
                }
            }
        }
        if synced && left.is_empty() {
            return Ok(());
        }
    }
}

fn stands_on(row: &Row, node: &str) -> bool {
    let object: Value = serde_json::from_str(&row.json).unwrap_or_default();
    object["status"]["node"] == node && object["status"]["state"] != "terminated"
}

fn label(row: &Row) -> String {
    format!("instance/{}", row.id)
}
