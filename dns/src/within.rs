//! A deadline by the runtime's clock, which the simulator can turn.

use controlplane_types::Runtime;
use std::time::Duration;

/// What `work` gives, or `None` after `limit`.
pub(crate) async fn within<T>(
    runtime: &dyn Runtime,
    limit: Duration,
    work: impl Future<Output = T>,
) -> Option<T> {
    tokio::select! {
        done = work => Some(done),
        () = runtime.sleep(limit) => None,
    }
}
