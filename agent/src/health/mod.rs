//! Health checks that are probed from inside the VPCs of this machine.
//!
//! ```text
//!   Held ──checks──▶ dns::health::Checkers ──▶ Observations ──session──▶ control plane ──feed──▶ DNS servers
//!                          │ Backend::way
//!                          ▼
//!                    a socket in the VPC's namespace
//! ```
//!
//! The checkers are those of the DNS servers; only the way to endpoints is another. Like the resolvers they live on the desired
//! set, which is in the ledger, and go on while no control plane is there; what they see is told when it is back.

mod observations;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use observations::Observations;

use crate::desired::keeper::Kept;
use crate::desired::{Held, View};
use crate::tasks::Tasks;
use controlplane_proto::dns::HealthCheck;
use dns::health::{Checkers, Tls, Way};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::watch;

/// Probes over `way` what the set in force says, until the agent stops.
pub(crate) async fn run(
    way: Arc<dyn Way>,
    mut kept: watch::Receiver<Kept>,
    observations: Arc<Observations>,
    tasks: Tasks,
) {
    let tls = match Tls::new() {
        Ok(tls) => tls,
        Err(error) => return tracing::error!(%error, "health checks cannot be probed"),
    };
    let noting = observations.clone();
    let report = Arc::new(move |observation| noting.note(observation));
    let mut checkers = Checkers::new(tasks.runtime().clone(), way, report, tls);
    let mut stopping = tasks.stopping();
    loop {
        let held = kept.borrow_and_update().held.clone();
        let checks = checks(&held);
        observations.keep(&checks);
        checkers.run_exactly(&checks);
        tokio::select! { biased;
            () = &mut stopping => return,
            changed = kept.changed() => if changed.is_err() { return },
        }
    }
}

/// By id.
fn checks(held: &Held) -> BTreeMap<String, HealthCheck> {
    let view = View::of(&held.set);
    let told = view.private_health_checks.values().filter_map(|told| told.health_check.as_deref());
    told.map(|check| (check.id.clone(), check.clone())).collect()
}
