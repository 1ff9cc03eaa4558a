//! Noticing ends, and supervisors that died.
//!
//! One task per running container sleeps until the shim lets go of its FIFO. Then either the end is on record, or the shim
//! was killed and its container lives on: that gets a new supervisor at once, because until then nobody would empty
//! its console or notice its end.

use super::shim::Shim;
use super::state::StateFolder;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// Between attempts to give a container a new supervisor.
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(500);

/// All watches of one agent; they end with it.
pub(super) struct Watches {
    shim: Shim,
    changed: Arc<Notify>,
    tasks: Mutex<JoinSet<()>>,
}

impl Watches {
    pub(super) fn new(shim: Shim) -> Self {
        Self { shim, changed: Arc::default(), tasks: Mutex::default() }
    }

    /// Watches a container until it has ended. Twice is as good as once.
    pub(super) fn add(&self, id: &str) {
        let watch = watch(self.shim.clone(), id.to_owned(), self.changed.clone());
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(watch);
    }

    /// Something was changed by a call.
    pub(super) fn note_change(&self) {
        self.changed.notify_one();
    }

    /// Completes when something changed since it last did.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Nothing is watched any more.
    pub(super) fn end(&self) {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).abort_all();
    }
}

async fn watch(shim: Shim, id: String, changed: Arc<Notify>) {
    let state = StateFolder::of(shim.root(), &id);
    loop {
        if let Err(error) = state.supervisor_gone().await {
            tracing::warn!(instance = id, %error, "cannot watch the supervisor");
            tokio::time::sleep(TRY_AGAIN_AFTER).await;
        }
        if !state.lives().unwrap_or(true) {
            break;
        }
        tracing::warn!(instance = id, "the supervisor died; starting another");
        if let Err(error) = shim.adopt(&id).await {
            tracing::error!(instance = id, %error, "no new supervisor");
            tokio::time::sleep(TRY_AGAIN_AFTER).await;
        }
    }
    changed.notify_one();
}
