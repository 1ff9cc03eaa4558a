//! When a change is `INSYNC`: every DNS server has acknowledged a generation that holds it.
//!
//! "Every" means every registered server but those gone for longer than the grace. After an election nothing is known
//! of a server that has not come back yet, so it counts as gone only from then on.

use super::DnsFeed;
use crate::writer::{Work, WriteError};
use controlplane_raft::Leadership;
use controlplane_services_kernel::{Caller, Operation};
use controlplane_services_native::DnsServer;
use controlplane_services_route53::change::ops::confirm_changes::{ConfirmChanges, ConfirmChangesInput};
use controlplane_services_route53::change::{Change, PENDING};
use std::time::Duration;

/// A DNS server gone for longer holds nobody up: it starts from a snapshot when it is back.
const GONE_GRACE: Duration = Duration::from_secs(10);
/// How often grace periods are looked at.
const TICK: Duration = Duration::from_secs(1);

pub(super) async fn watch(feed: DnsFeed) {
    let leadership = feed.0.cluster.leadership();
    // By term: a leadership lost and won again between two looks is another one, with nothing known.
    let mut leading: Option<(u64, Duration)> = None;
    loop {
        tokio::select! {
            biased;
            () = feed.0.look.notified() => {}
            () = feed.0.runtime.sleep(TICK) => {}
        }
        let now = feed.0.runtime.monotonic();
        let term = match *leadership.borrow() {
            Leadership::Leader { term, .. } => term,
            Leadership::Stopped => return,
            _ => continue,
        };
        let since = leading.filter(|(known, _)| *known == term).map_or(now, |(_, since)| since);
        leading = Some((term, since));
        if let Err(error) = confirm(&feed, since, now).await {
            tracing::warn!(%error, "changes cannot be confirmed yet");
        }
    }
}

async fn confirm(feed: &DnsFeed, leading_since: Duration, now: Duration) -> Result<(), WriteError> {
    let view = feed.0.replica.applied().view;
    let mut waiting = view.find::<Change>(PENDING, "").peekable();
    if waiting.peek().is_none() {
        return Ok(());
    }
    let registered: Vec<&str> = view.all::<DnsServer>().map(|found| found.key.id()).collect();
    let Some(served) = served_by_all(feed, &registered, leading_since, now) else { return Ok(()) };
    let done = waiting.filter(|change| change.revision <= served);
    let keys: Vec<String> = done.map(|change| change.key.as_str().to_owned()).collect();
    if keys.is_empty() {
        return Ok(());
    }
    let caller = Caller::system(feed.0.settings.region.clone());
    let input = ConfirmChangesInput { keys };
    let work =
        Work::new(caller, move |cx| ConfirmChanges::run(&input, cx).map(|output| Box::new(output) as _));
    feed.0.writer.write(work).await.map(|_| ())
}

/// The generation every DNS server that counts serves; `None` while one is awaited or there is none at all.
fn served_by_all(feed: &DnsFeed, registered: &[&str], leading_since: Duration, now: Duration) -> Option<u64> {
    let subscribers = feed.subscribers();
    let mut served: Option<u64> = None;
    for name in registered {
        let known = subscribers.get(*name);
        if known.is_some_and(|subscriber| subscriber.session.is_some()) {
            let serves = known.map_or(0, |subscriber| subscriber.serves);
            served = Some(served.map_or(serves, |least| least.min(serves)));
            continue;
        }
        let gone_at = known.and_then(|subscriber| subscriber.gone_at).unwrap_or(leading_since);
        if now.saturating_sub(gone_at.max(leading_since)) <= GONE_GRACE {
            return None;
        }
    }
    served
}
