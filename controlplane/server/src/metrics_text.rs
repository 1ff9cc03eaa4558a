//! What a server's metrics page says beyond what was counted: the log, and what is on record. Looked up when somebody asks.

use crate::cluster::clocks;
use crate::core::Core;
use controlplane_raft::Metrics;
use controlplane_services_ec2::instance::{Instance, State};
use controlplane_services_kernel::View;
use controlplane_services_native::Node;
use controlplane_telemetry::metrics::catalogue::{
    AGENTS_CONNECTED, DNS_SERVERS_CONNECTED, INSTANCES, LOG_APPLIED_INDEX, LOG_BYTES, LOG_COMMITTED_INDEX,
    LOG_DURABLE_INDEX, LOG_ENTRIES, LOG_LAST_INDEX, LOG_LEADS, LOG_PURGED_INDEX, LOG_SYNCS, LOG_TERM, NODES,
};
use controlplane_telemetry::metrics::{self, Page};
use std::collections::BTreeMap;

/// The metrics of this process and of this server, in Prometheus's text form.
pub fn render(core: &Core) -> String {
    let leads = core.node.leadership().borrow().leads().is_some();
    let mut page = Page::default();
    log(&core.node.metrics(), leads, &mut page);
    page.add(&AGENTS_CONNECTED, &[], core.agents.connected().len() as f64);
    page.add(&DNS_SERVERS_CONNECTED, &[], core.dns_feed.connected() as f64);
    records(&core.replica.applied().view, &mut page);
    if leads {
        clocks::metrics(&core.node, &mut page);
    }
    metrics::render() + &page.into_text()
}

fn log(log: &Metrics, leads: bool, page: &mut Page) {
    let values = [
        (LOG_LEADS, u64::from(leads)),
        (LOG_TERM, log.term),
        (LOG_LAST_INDEX, log.last_log),
        (LOG_COMMITTED_INDEX, log.committed),
        (LOG_APPLIED_INDEX, log.applied),
        (LOG_DURABLE_INDEX, log.durable),
        (LOG_PURGED_INDEX, log.purged),
        (LOG_SYNCS, log.log_syncs),
        (LOG_ENTRIES, log.log_entries),
        (LOG_BYTES, log.log_bytes),
    ];
    for (metric, value) in values {
        page.add(&metric, &[], value as f64);
    }
}

/// States nobody is in are told too: a series that vanishes looks like a server that does.
fn records(view: &View, page: &mut Page) {
    let ready = view.all::<Node>().filter(|node| node.is_ready()).count();
    page.add(&NODES, &["true"], ready as f64);
    page.add(&NODES, &["false"], (view.all::<Node>().count() - ready) as f64);
    let mut states: BTreeMap<&str, u64> = State::ALL.iter().map(|state| (state.as_str(), 0)).collect();
    for instance in view.all::<Instance>() {
        *states.entry(instance.state.as_str()).or_default() += 1;
    }
    for (state, count) in states {
        page.add(&INSTANCES, &[state], count as f64);
    }
}
