//! Carries a proposal's result from openraft to whoever proposed it.

use crate::types::Types;
use openraft::raft::responder::Responder;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

/// One result, once. The permits a proposal took from the bound on proposals in flight go back with it.
pub(crate) struct Reply<T> {
    to: oneshot::Sender<T>,
    _permits: Option<OwnedSemaphorePermit>,
}

impl<T> Reply<T> {
    pub(crate) fn new(to: oneshot::Sender<T>, permits: OwnedSemaphorePermit) -> Self {
        Self { to, _permits: Some(permits) }
    }
}

impl<T: Send + 'static> Responder<Types, T> for Reply<T> {
    fn on_complete(self, result: T) {
        // Whoever proposed it may have stopped waiting.
        let _ = self.to.send(result);
    }
}
