//! What nodes see of health checks that are probed from inside VPCs: counted, and told to all DNS servers.
//!
//! Nothing of it is a record: it is told again with every heartbeat, and after an election the agents say everything to the
//! server that leads then. What a DNS server decided by the last table stays in force while there is no other.

use super::{DnsFeed, Observed, Subscriber};
use controlplane_proto::dns::{HealthObservation, NodeVotes, NodeVotesTable};
use controlplane_services_kernel::View;
use controlplane_services_native::Node;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// What was told longer ago has no vote: agents repeat themselves each second.
const FRESH: Duration = Duration::from_secs(5);
/// How often votes are looked at for having grown stale.
const TICK: Duration = Duration::from_secs(1);
/// Between two tables: what comes meanwhile is in one.
const REST: Duration = Duration::from_millis(20);
/// After an election the first node to speak shall not decide alone; by then all are back.
const SETTLING: Duration = Duration::from_secs(3);

/// What the nodes said.
#[derive(Default)]
pub(super) struct Nodes {
    heard: Mutex<BTreeMap<String, OfNode>>,
    /// The table that the DNS servers have. Changed with the lock on the subscribers held, so that none misses one.
    told: Mutex<Arc<NodeVotesTable>>,
    /// Something was said.
    news: Notify,
}

/// By health check, and when it was told.
type OfNode = BTreeMap<String, (HealthObservation, Duration)>;

impl Nodes {
    fn hear(&self, node: &str, observations: Vec<HealthObservation>, now: Duration) {
        if observations.is_empty() {
            return;
        }
        let mut heard = self.heard();
        let own = heard.entry(node.to_owned()).or_default();
        own.extend(observations.into_iter().map(|seen| (seen.health_check_id.clone(), (seen, now))));
        drop(heard);
        self.news.notify_one();
    }

    /// The votes that are fresh.
    fn count(&self, now: Duration) -> NodeVotesTable {
        let mut heard = self.heard();
        for own in heard.values_mut() {
            own.retain(|_, (_, at)| now.saturating_sub(*at) < FRESH);
        }
        heard.retain(|_, own| !own.is_empty());
        let mut votes: BTreeMap<&str, NodeVotes> = BTreeMap::new();
        let seen = heard.values().flat_map(BTreeMap::values).map(|(seen, _)| seen);
        for vote in seen.filter(|seen| !seen.undecided) {
            let counted = votes.entry(vote.health_check_id.as_str()).or_default();
            counted.healthy += u32::from(vote.healthy);
            counted.total += 1;
        }
        let named =
            votes.into_iter().map(|(id, votes)| NodeVotes { health_check_id: id.to_owned(), ..votes });
        NodeVotesTable { votes: named.collect() }
    }

    /// Whoever leads now hears it.
    fn forget(&self) {
        self.heard().clear();
        *self.told() = Arc::default();
    }

    /// Held only with the lock on the subscribers, or by nobody else.
    fn told(&self) -> MutexGuard<'_, Arc<NodeVotesTable>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn heard(&self) -> MutexGuard<'_, BTreeMap<String, OfNode>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DnsFeed {
    /// Takes in what the checkers of `node` saw of checks it was told to probe.
    pub(crate) fn hear_node(&self, node: &str, observations: Vec<HealthObservation>) {
        self.0.nodes.hear(node, observations, self.0.runtime.monotonic());
    }

    /// What every node saw last of a health check.
    pub(super) fn seen_by_nodes(&self, health_check_id: &str) -> Vec<Observed> {
        let (now, view) = (self.0.runtime.monotonic(), self.0.replica.applied().view);
        let heard = self.0.nodes.heard();
        let observed = |(node, own): (&String, &OfNode)| {
            let (seen, at) = own.get(health_check_id)?;
            (now.saturating_sub(*at) < FRESH).then(|| of_node(node, seen.clone(), &view))
        };
        heard.iter().filter_map(observed).collect()
    }

    /// Counts again, and tells the DNS servers if that is new.
    fn tell_node_votes(&self, now: Duration) {
        let table = Arc::new(self.0.nodes.count(now));
        let subscribers = self.subscribers();
        let mut told = self.0.nodes.told();
        if *told != table {
            subscribers.values().for_each(|subscriber| subscriber.hand_node_votes(&table));
            *told = table;
        }
    }

    /// Adds a DNS server, which gets what the others have.
    pub(super) fn welcome(&self, server: String, subscriber: Subscriber) {
        let mut subscribers = self.subscribers();
        let told = self.0.nodes.told().clone();
        if !told.votes.is_empty() {
            subscriber.hand_node_votes(&told);
        }
        subscribers.insert(server, subscriber);
    }
}

fn of_node(node: &str, seen: HealthObservation, view: &View) -> Observed {
    let region = Node::region(view, node);
    let record = region.as_ref().and_then(|region| view.get::<Node>(&Node::key(region, node)));
    Observed {
        server: node.to_owned(),
        address: record.and_then(|record| record.underlay_address.parse().ok()),
        checker_region: region.map(|region| region.to_string()).unwrap_or_default(),
        seen,
    }
}

impl Subscriber {
    /// Has the session send the table, if there is one and the server knows what it is.
    fn hand_node_votes(&self, table: &Arc<NodeVotesTable>) {
        if let Some(session) = self.session.as_ref().filter(|_| self.takes_node_votes) {
            *session.node_votes.lock().unwrap_or_else(PoisonError::into_inner) = Some(table.clone());
            session.look.notify_one();
        }
    }
}

/// Tells the DNS servers, for ever. Nothing ticks while no node says anything.
pub(super) async fn tell(feed: DnsFeed) {
    let mut leadership = feed.0.cluster.leadership();
    // By term: a leadership lost and won again between two looks is another one.
    let mut leading: Option<(u64, Duration)> = None;
    loop {
        let now = feed.0.runtime.monotonic();
        let current = *leadership.borrow_and_update();
        let known = |term: &u64| leading.filter(|(known, _)| known == term).map_or(now, |(_, since)| since);
        leading = current.leads().map(|term| (term, known(&term)));
        match leading {
            None => feed.0.nodes.forget(),
            Some((_, since)) if now.saturating_sub(since) < SETTLING => {}
            Some(_) => feed.tell_node_votes(now),
        }
        feed.0.runtime.sleep(REST).await;
        let ticks = !feed.0.nodes.heard().is_empty();
        tokio::select! {
            biased;
            changed = leadership.changed() => if changed.is_err() { return },
            () = feed.0.nodes.news.notified() => {}
            () = feed.0.runtime.sleep(TICK), if ticks => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn seen(id: &str, healthy: bool, undecided: bool) -> HealthObservation {
        HealthObservation {
            health_check_id: id.to_owned(),
            healthy,
            undecided,
            ..HealthObservation::default()
        }
    }

    fn lines(table: &NodeVotesTable) -> Vec<String> {
        let line = |told: &NodeVotes| format!("{} {}/{}", told.health_check_id, told.healthy, told.total);
        table.votes.iter().map(line).collect()
    }

    #[test]
    fn fresh_votes_of_nodes_that_know_are_counted() {
        let nodes = Nodes::default();
        nodes.hear("a", vec![seen("h", true, false), seen("i", false, false)], SECOND);
        nodes.hear("b", vec![seen("h", false, false), seen("i", true, true), seen("j", true, true)], SECOND);
        assert_eq!(lines(&nodes.count(SECOND)), ["h 1/2", "i 0/1"]);
        nodes.hear("b", vec![seen("h", true, false)], 3 * SECOND);
        assert_eq!(lines(&nodes.count(3 * SECOND)), ["h 2/2", "i 0/1"]);
        assert_eq!(lines(&nodes.count(6 * SECOND)), ["h 1/1"], "what is old has no vote");
        assert_eq!(lines(&nodes.count(60 * SECOND)), Vec::<String>::new());
        assert!(nodes.heard().is_empty());
    }
}
