//! An agent said hello: the node exists, is ready, and is what the agent says it is.

use crate::errors;
use crate::node::found::tell;
use crate::node::overlay::{self, Told};
use crate::node::{Capacity, Condition, Node, holders, validate};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use controlplane_types::Key;
use controlplane_types::id::NodeName;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the agent says of itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RegisterNodeInput {
    /// The name its certificate carries.
    pub node: NodeName,
    /// Changes when the machine restarts.
    pub boot_id: String,
    /// Version of the agent.
    pub agent_version: String,
    /// `zone`, and if the operator likes `region`, `rack` and more.
    pub labels: BTreeMap<String, String>,
    /// What keeps instances off it: `KEY[=VALUE]:EFFECT`.
    pub taints: Vec<String>,
    /// What the machine has.
    pub capacity: Capacity,
    /// Where other nodes reach it.
    pub underlay_address: String,
}

/// What became of it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct RegisterNodeOutput {
    /// Nobody knew this node before.
    pub created: bool,
    /// The machine restarted since it last said hello.
    pub rebooted: bool,
}

/// See the module. Runs as the system.
pub struct RegisterNode;

impl Operation for RegisterNode {
    const NAME: &'static str = "RegisterNode";
    type Input = RegisterNodeInput;
    type Output = RegisterNodeOutput;

    fn run(input: &RegisterNodeInput, cx: &mut Context) -> Result<RegisterNodeOutput, ServiceError> {
        validate::hello(input)?;
        let (region, zone) = validate::place(input, cx)?;
        let taints = overlay::from_taints(&validate::taints(&input.taints)?);
        let key = Node::key(&region, input.node.as_str());
        let found = Node::find(&cx.view, input.node.as_str());
        let (left, before) = found.map(|(place, node)| (place, node.clone())).unzip();
        let left = left.filter(|place| *place != key);
        let moves =
            left.is_some() || before.as_ref().is_some_and(|before: &Node| before.zone.as_str() != zone);
        if moves {
            refuse_move(input, zone, cx)?;
        }
        let after = node(input, zone, taints, before.as_ref(), cx);
        let output = RegisterNodeOutput {
            created: before.is_none(),
            rebooted: before.as_ref().is_some_and(|before| before.boot_id != after.boot_id),
        };
        if left.is_some() || before.as_ref() != Some(&after) {
            say(&output, before.as_ref(), &after, &key, cx);
            left.into_iter().for_each(|left| cx.delete_at(left));
            cx.put_at(key, after);
        }
        Ok(output)
    }
}

fn refuse_move(input: &RegisterNodeInput, zone: &str, cx: &Context) -> Result<(), ServiceError> {
    match holders(&cx.view, input.node.as_str()).count() {
        0 => Ok(()),
        count => Err(errors::moved_while_held(input.node.as_str(), zone, count)),
    }
}

fn node(
    input: &RegisterNodeInput,
    zone: &str,
    told_taints: Told,
    before: Option<&Node>,
    cx: &Context,
) -> Node {
    let before = before.cloned();
    Node {
        name: input.node.clone(),
        told_labels: input.labels.clone(),
        zone: zone.into(),
        rack: input.labels.get("rack").cloned().unwrap_or_default(),
        capacity: input.capacity,
        underlay_address: input.underlay_address.clone(),
        boot_id: input.boot_id.clone(),
        agent_version: input.agent_version.clone(),
        condition: Condition::Ready,
        registered_at: before.as_ref().map_or(cx.now, |before| before.registered_at),
        cordon: before.as_ref().and_then(|before| before.cordon),
        told_taints,
        label_overlay: before.as_ref().map(|before| before.label_overlay.clone()).unwrap_or_default(),
        taint_overlay: before.as_ref().map(|before| before.taint_overlay.clone()).unwrap_or_default(),
        pressures: before.map(|before| before.pressures).unwrap_or_default(),
    }
}

fn say(output: &RegisterNodeOutput, before: Option<&Node>, after: &Node, key: &Key, cx: &mut Context) {
    if output.created {
        tell(key, "Registered", format!("joined zone {}", after.zone), cx);
    } else if output.rebooted {
        tell(key, "Rebooted", "the machine restarted", cx);
    } else if before.is_some_and(|before| !before.is_ready()) {
        tell(key, "Ready", "the agent is back", cx);
    } else {
        tell(key, "Changed", "labels, taints, capacity, address or agent version changed", cx);
    }
}
