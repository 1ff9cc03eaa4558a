//! The server decided whether a node is there. Only a change is written.

use crate::errors;
use crate::node::{Condition, Node};
use controlplane_services_kernel::{Context, Operation, Record, ServiceError};
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
        let key = Node::key(&cx.caller.region, name);
        let mut node = cx.view.get::<Node>(&key).cloned().ok_or_else(|| errors::no_node(name))?;
        if node.is_ready() == input.not_ready.is_none() {
            return Ok(());
        }
        node.condition = match &input.not_ready {
            Some(reason) => Condition::NotReady { since: cx.now, reason: reason.clone() },
            None => Condition::Ready,
        };
        let message = input.not_ready.as_deref().unwrap_or("the agent is back");
        cx.event(Node::KIND, name, node.condition.as_str(), message);
        cx.put_at(key, node);
        Ok(())
    }
}
