//! The server decided whether a node is there. Only a change is written.

use crate::node::Condition;
use crate::node::found::{found, tell};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use controlplane_types::id::NodeName;
use serde::{Deserialize, Serialize};

/// The decision.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SetNodeConditionInput {
    /// Which node.
    pub node: NodeName,
    /// Why it is not ready, for people; `None`: it is ready.
    pub not_ready: Option<String>,
}

/// See the module. Runs as the system.
pub struct SetNodeCondition;

impl Operation for SetNodeCondition {
    const NAME: &'static str = "SetNodeCondition";
    type Input = SetNodeConditionInput;
    type Output = ();

    fn run(input: &SetNodeConditionInput, cx: &mut Context) -> Result<(), ServiceError> {
        let name = input.node.as_str();
        let (key, mut node) = found(name, cx)?;
        if node.is_ready() == input.not_ready.is_none() {
            return Ok(());
        }
        node.condition = match &input.not_ready {
            Some(reason) => Condition::NotReady { since: cx.now, reason: reason.clone() },
            None => Condition::Ready,
        };
        let message = input.not_ready.as_deref().unwrap_or("the agent is back");
        tell(&key, node.condition.as_str(), message, cx);
        cx.put_at(key, node);
        Ok(())
    }
}
