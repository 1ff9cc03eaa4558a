//! After healing, what is desired, recorded and real become the same.
//!
//! "Within a time" is part of the rule: it is given by whoever healed the region, because it depends on what was broken
//! (a machine that was off is only missed after its grace).

use crate::sim::region::Region;
use crate::sim::truth;

/// What still differs; empty when everything agrees.
pub async fn differences(region: &Region, members: usize) -> Vec<String> {
    let Some((_, core)) = region.servers.leader() else { return vec!["nobody leads".to_owned()] };
    let view = core.replica.applied().view;
    let mut found = Vec::new();
    let running = truth::running(&view);
    if running.len() != members {
        found.push(format!("{} members are recorded as running, {members} are desired", running.len()));
    }
    let others = truth::on_the_way(&view);
    if others > 0 {
        found.push(format!("{others} instances are neither running nor terminated"));
    }
    let connected = core.agents.connected().len();
    if connected != region.machines.len() {
        found.push(format!("{connected} of {} agents have a session", region.machines.len()));
    }
    let waiting = truth::pending_changes(&view);
    if waiting > 0 {
        found.push(format!("{waiting} DNS changes are not everywhere"));
    }
    let mut real = std::collections::BTreeMap::new();
    for machine in &region.machines {
        real.extend(
            machine.running().await.into_iter().map(|(id, (run, _))| (id, (machine.name.clone(), run))),
        );
    }
    let recorded = running.into_iter().map(|(id, member)| (id, (member.node, member.run)));
    let recorded: std::collections::BTreeMap<_, _> = recorded.collect();
    if real != recorded {
        found.push(format!("machines run {real:?}, records say {recorded:?}"));
    }
    found
}
