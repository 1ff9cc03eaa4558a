//! What is done only while this server leads.

use controlplane_raft::{Leadership, RaftNode};
use std::future::Future;

/// Runs `lead` anew in every leadership of this server, from the index at which it is ready, and drops it when the leadership
/// changes. Returns when the server stops, or when `lead` does.
pub(super) async fn while_leading<F: Future<Output = ()>>(node: &RaftNode, lead: impl Fn(u64) -> F) {
    let mut leadership = node.leadership();
    loop {
        let current = *leadership.borrow_and_update();
        let changed = match current {
            Leadership::Stopped => return,
            Leadership::Leader { ready_index, .. } => tokio::select! {
                biased;
                changed = leadership.changed() => changed,
                () = lead(ready_index) => return,
            },
            _ => leadership.changed().await,
        };
        if changed.is_err() {
            return;
        }
    }
}
