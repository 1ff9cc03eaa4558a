//! An operator says whether a node takes new work, and whether what it has moves away. Only a change is written.

use crate::node::found::{found, tell};
use crate::node::{Cordon, Scheduling};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use controlplane_types::id::NodeName;
use serde::{Deserialize, Serialize};

/// What is wanted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SetNodeSchedulingInput {
    /// Of which node.
    pub node: NodeName,
    /// Whether it takes work.
    pub scheduling: Scheduling,
}

/// See the module. Runs as the system.
pub struct SetNodeScheduling;

impl Operation for SetNodeScheduling {
    const NAME: &'static str = "SetNodeScheduling";
    type Input = SetNodeSchedulingInput;
    type Output = ();

    fn run(input: &SetNodeSchedulingInput, cx: &mut Context) -> Result<(), ServiceError> {
        let name = input.node.as_str();
        let (key, mut node) = found(name, cx)?;
        if node.scheduling() == input.scheduling {
            return Ok(());
        }
        let since = node.cordon.map_or(cx.now, |cordon| cordon.since);
        node.cordon = match input.scheduling {
            Scheduling::Open => None,
            Scheduling::Cordoned => Some(Cordon { since, drain: false }),
            Scheduling::Draining => Some(Cordon { since, drain: true }),
        };
        let message = match input.scheduling {
            Scheduling::Open => "takes new instances again",
            Scheduling::Cordoned => "takes no new instances",
            Scheduling::Draining => "takes no new instances, and those of groups move away",
        };
        tell(&key, input.scheduling.as_str(), message, cx);
        cx.put_at(key, node);
        Ok(())
    }
}
