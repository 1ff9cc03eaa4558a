//! Where the members are, for whoever calls one.

use crate::types::NodeId;
use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

/// Addresses as the newest known membership has them. Calls look here each time, so that a member that moves is found
/// as soon as its new address has arrived.
#[derive(Default)]
pub(crate) struct Directory(RwLock<BTreeMap<NodeId, String>>);

impl Directory {
    pub(crate) fn address(&self, id: NodeId) -> Option<String> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    pub(crate) fn replace(&self, addresses: BTreeMap<NodeId, String>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = addresses;
    }
}
