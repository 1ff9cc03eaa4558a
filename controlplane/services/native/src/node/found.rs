//! A node wherever it stands: operators and agents name it by its name alone, and its record and its events lie in its region.

use super::Node;
use crate::errors;
use controlplane_services_kernel::{Caller, Context, Record, ServiceError};
use controlplane_types::{Key, Scope};

/// The node of this name, and where its record lives.
pub(super) fn found(name: &str, cx: &Context) -> Result<(Key, Node), ServiceError> {
    let found = Node::find(&cx.view, name).map(|(key, node)| (key, node.clone()));
    found.ok_or_else(|| errors::no_node(name))
}

/// Tells people what happened to the node whose record is at `key`.
pub(super) fn tell(key: &Key, reason: &str, message: impl Into<String>, cx: &mut Context) {
    let Scope::Region(region) = key.scope() else { return };
    let caller = Caller { principal: cx.caller.principal.clone(), ..Caller::system(region) };
    cx.acting_as(caller, |cx| cx.event(Node::KIND, key.id(), reason, message));
}
