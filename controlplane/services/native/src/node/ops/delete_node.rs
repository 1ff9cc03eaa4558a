//! `hearth delete node`: a machine that will not come back.

use crate::errors;
use crate::node::{Node, holders};
use controlplane_services_kernel::manifest::Deletion;
use controlplane_services_kernel::{Caller, Context, Operation, Record, ServiceError};
use controlplane_types::id::NodeName;
use serde::{Deserialize, Serialize};

/// Which node.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeleteNodeInput {
    /// Its name.
    pub node: NodeName,
}

/// See the module. Refused unless the node is `NotReady` and nothing is placed on it.
pub struct DeleteNode;

impl Operation for DeleteNode {
    const NAME: &'static str = "DeleteNode";
    type Input = DeleteNodeInput;
    type Output = ();

    fn run(input: &DeleteNodeInput, cx: &mut Context) -> Result<(), ServiceError> {
        delete(input.node.as_str(), cx).map(|_| ())
    }
}

/// The same for the command line's `delete`, whatever account it speaks for.
pub fn delete(name: &str, cx: &mut Context) -> Result<Deletion, ServiceError> {
    let key = Node::key(&cx.caller.region, name);
    let node = cx.view.get::<Node>(&key).ok_or_else(|| errors::no_node(name))?;
    if node.is_ready() {
        return Err(errors::node_ready(name));
    }
    let held = holders(&cx.view, &cx.caller.region, name).count();
    if held > 0 {
        return Err(errors::node_held(name, held));
    }
    cx.delete_at(key);
    let system =
        Caller { principal: cx.caller.principal.clone(), ..Caller::system(cx.caller.region.clone()) };
    cx.acting_as(system, |cx| cx.event(Node::KIND, name, "Deleted", "the node is gone for good"));
    Ok(Deletion::Done)
}
