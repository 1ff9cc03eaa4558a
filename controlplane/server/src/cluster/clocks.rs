//! Wrong clocks become known: in the log of the leader, which compares, and of the server concerned; as an event and in the
//! record of that server; and as numbers in the leader's metrics.
//!
//! The leader compares once in an election time, and a clock that is wrong is so by another millisecond each time. Only its
//! going wrong and its being right again are written down.

use super::leading::while_leading;
use crate::replica::Replica;
use crate::watch::{Selector, Watched};
use crate::writer::{Work, WriteError, Writer};
use controlplane_raft::{NodeId, RaftNode};
use controlplane_services_kernel::{Caller, Operation};
use controlplane_services_native::Server;
use controlplane_services_native::server::{NoteClocks, NoteClocksInput, described_clock};
use controlplane_telemetry::metrics::Page;
use controlplane_telemetry::metrics::catalogue::{CLOCK_OFFSET, CLOCK_WRONG};
use controlplane_types::{RegionName, Runtime};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// After an election nothing has been compared yet, which is not the same as nothing being wrong.
const FIRST_COMPARISON: Duration = Duration::from_secs(3);
/// Before a note that was not taken is written again.
const PAUSE: Duration = Duration::from_secs(1);

/// What the watch over clocks needs.
pub(crate) struct Clocks {
    pub(crate) node: RaftNode,
    pub(crate) replica: Replica,
    pub(crate) writer: Writer,
    pub(crate) region: RegionName,
    pub(crate) runtime: Arc<dyn Runtime>,
}

impl Clocks {
    /// Until the server stops: notes what it finds while it leads.
    pub(crate) async fn keep(self) {
        while_leading(&self.node, |_| self.lead()).await;
    }

    async fn lead(&self) {
        let mut warning = self.node.clock_warning();
        self.runtime.sleep(FIRST_COMPARISON).await;
        loop {
            warning.mark_unchanged();
            if let Err(error) = self.note(wrong(&self.node)).await {
                tracing::warn!(%error, "what is wrong with clocks is not on record yet");
                self.runtime.sleep(PAUSE).await;
                continue;
            }
            if warning.changed().await.is_err() {
                return;
            }
        }
    }

    /// Writes only what is news.
    async fn note(&self, wrong: BTreeMap<NodeId, i64>) -> Result<(), WriteError> {
        let view = self.replica.applied().view;
        let news = |server: &Server| wrong.contains_key(&server.number) != server.clock_off_ms.is_some();
        if !Server::all(&view, &self.region).any(|server| news(server.record)) {
            return Ok(());
        }
        for (number, off) in &wrong {
            tracing::warn!(number, "the clock of a server is wrong: {}", described_clock(*off));
        }
        let input = NoteClocksInput { wrong };
        let work = Work::new(Caller::system(self.region.clone()), move |cx| {
            NoteClocks::run(&input, cx).map(|output| Box::new(output) as _)
        });
        self.writer.write(work).await.map(drop)
    }
}

/// By how much clocks are wrong, as this member sees it while it leads.
pub(crate) fn wrong(node: &RaftNode) -> BTreeMap<NodeId, i64> {
    let members = node.watch_members().borrow().members.clone();
    let warning = node.clock_warning().borrow().clone();
    let mut wrong = warning.map(|warning| warning.offsets).unwrap_or_default();
    // Who is alone is right.
    wrong.retain(|number, _| members.len() > 1 && members.contains_key(number));
    wrong
}

/// Says in the log of this server when the others have found its clock wrong.
pub(crate) async fn listen(replica: Replica, region: RegionName, number: NodeId) {
    let key = Server::key(&region, number);
    let off = || replica.applied().view.get::<Server>(&key).and_then(|server| server.clock_off_ms);
    let mut known = None;
    loop {
        let from = replica.applied().view.revision();
        let Ok(mut watcher) = replica.watch(Selector::Key(key.clone()), from) else { return };
        loop {
            match (known, off()) {
                (None, Some(off)) => tracing::warn!("this server: {}; set it right", described_clock(off)),
                (Some(_), None) => tracing::info!("this server's clock is right again"),
                _ => {}
            }
            known = off();
            match watcher.next().await {
                Watched::Event(_) => {}
                Watched::Resync => break,
                Watched::Closed => return,
            }
        }
    }
}

/// Prometheus metrics that exist on the leader only: a value that nobody compares any more must not stay.
pub(crate) fn metrics(node: &RaftNode, page: &mut Page) {
    let (offsets, wrong) = (node.clock_offsets(), wrong(node));
    for (number, offset) in &offsets {
        page.add(&CLOCK_OFFSET, &[&number.to_string()], *offset as f64);
    }
    for number in offsets.keys() {
        page.add(&CLOCK_WRONG, &[&number.to_string()], f64::from(u8::from(wrong.contains_key(number))));
    }
}
