//! `hearth delete node`: a machine that will not come back.

use crate::errors;
use crate::node::found::{found, tell};
use crate::node::holders;
use controlplane_services_kernel::manifest::Deletion;
use controlplane_services_kernel::{Context, Operation, ServiceError};
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
    let (key, node) = found(name, cx)?;
    if node.is_ready() {
        return Err(errors::node_ready(name));
    }
    let held = holders(&cx.view, name).count();
    if held > 0 {
        return Err(errors::node_held(name, held));
    }
    tell(&key, "Deleted", "the node is gone for good", cx);
    cx.delete_at(key);
    Ok(Deletion::Done)
}
