//! Threads that give way: for what shares the process with a server but would be elsewhere in earnest.
//!
//! `hearth dev --backend sim` runs a region and its machines in one process. The machines' agents then compete with the
//! server they serve, and they have more to do than it: each of ten agents learns of every launch in its VPCs. On machines of
//! their own they would cost the server nothing, so here they take what it leaves.

#![allow(unsafe_code, reason = "a thread's priority is a C interface; the block says why it is sound")]

use crate::error::CliError;
use controlplane_raft::TokioRuntime;
use nix::libc;
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};

/// A third of what an ordinary thread gets where both want to run. With much less, an agent among thousands of instances
/// would be too late for its heartbeats.
const NICENESS: libc::c_int = 5;

/// The threads; they end when it is dropped.
pub(crate) struct Background(Option<Runtime>);

impl Background {
    pub(crate) fn start() -> Result<Self, CliError> {
        let mut threads = Builder::new_multi_thread();
        threads.worker_threads(1).thread_name("machines").on_thread_start(give_way).enable_all();
        let threads =
            threads.build().map_err(|error| CliError::failed("threads cannot be started", &error))?;
        Ok(Self(Some(threads)))
    }

    /// Runs tasks on them.
    pub(crate) fn runtime(&self) -> Option<Arc<TokioRuntime>> {
        self.0.as_ref().map(|threads| TokioRuntime::new(threads.handle().clone()))
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        // In a task nobody may wait for threads; what still runs there ends with the process.
        self.0.take().into_iter().for_each(Runtime::shutdown_background);
    }
}

fn give_way() {
    // SAFETY: on Linux this concerns the calling thread alone and touches no memory. To be nicer is never refused.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, NICENESS) };
}
