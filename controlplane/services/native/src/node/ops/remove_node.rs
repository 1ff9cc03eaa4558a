//! `hearth node leave`: an empty node goes for good, whether or not its agent is still there.

use crate::certificate;
use crate::errors;
use crate::node::found::{found, tell};
use crate::node::holders;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use controlplane_types::id::NodeName;
use serde::{Deserialize, Serialize};

/// Which.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RemoveNodeInput {
    /// Its name.
    pub node: NodeName,
}

/// See the module. Runs as the system.
///
/// The node has to be cordoned: on an open one the next instance could be placed while its operator looks away.
pub struct RemoveNode;

impl Operation for RemoveNode {
    const NAME: &'static str = "RemoveNode";
    type Input = RemoveNodeInput;
    type Output = ();

    fn run(input: &RemoveNodeInput, cx: &mut Context) -> Result<(), ServiceError> {
        let name = input.node.as_str();
        let (key, node) = found(name, cx)?;
        if node.cordon.is_none() {
            return Err(errors::node_open(name));
        }
        let held = holders(&cx.view, name).count();
        if held > 0 {
            return Err(errors::node_held(name, held));
        }
        certificate::revoke_all_of(&format!("agent/{name}"), cx);
        tell(&key, "Removed", "left; its certificates are revoked", cx);
        cx.delete_at(key);
        Ok(())
    }
}
