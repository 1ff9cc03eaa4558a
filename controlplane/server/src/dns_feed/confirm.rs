//! When a change is `INSYNC`: every DNS server has acknowledged a generation that holds it.
//!
//! "Every" means every registered server but those gone for longer than the grace. After an election nothing is known
//! of a server that has not come back yet, so it counts as gone only from then on.

use super::DnsFeed;
use crate::writer::{Work, WriteError};
use controlplane_services_kernel::{Caller, Operation};
use controlplane_services_native::DnsServer;
use controlplane_services_route53::change::ops::confirm_changes::{ConfirmChanges, ConfirmChangesInput};
use controlplane_services_route53::change::{Change, PENDING};
use std::time::Duration;

/// A DNS server gone for longer holds nobody up: it starts from a snapshot when it is back.
const GONE_GRACE: Duration = Duration::from_secs(10);
/// How often grace periods are looked at while a change waits.
const TICK: Duration = Duration::from_secs(1);

pub(super) async fn watch(feed: DnsFeed) {
    let mut leadership = feed.0.cluster.leadership();
    let mut waiting = false;
    // By term: a leadership lost and won again between two looks is another one, with nothing known.
    let mut leading: Option<(u64, Duration)> = None;
    loop {
        tokio::select! {
            biased;
            () = feed.0.look.notified() => {}
            changed = leadership.changed() => if changed.is_err() { return },
            () = feed.0.runtime.sleep(TICK), if waiting => {}
        }
        let now = feed.0.runtime.monotonic();
        let current = *leadership.borrow_and_update();
        let Some(term) = current.leads() else {
            waiting = false;
            continue;
        };
        let since = leading.filter(|(known, _)| *known == term).map_or(now, |(_, since)| since);
        leading = Some((term, since));
        waiting = confirm(&feed, since, now).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "changes cannot be confirmed yet");
            true
        });
    }
}

/// Confirms what can be; whether anything waits for time to pass. The first DNS server is a commit like any other.
async fn confirm(feed: &DnsFeed, leading_since: Duration, now: Duration) -> Result<bool, WriteError> {
    let view = feed.0.replica.applied().view;
    let waiting: Vec<_> = view.find::<Change>(PENDING, "").collect();
    if waiting.is_empty() {
        return Ok(false);
    }
    let registered: Vec<&str> = view.all::<DnsServer>().map(|found| found.key.id()).collect();
    if registered.is_empty() {
        return Ok(false);
    }
    let Some(served) = served_by_all(feed, &registered, leading_since, now) else { return Ok(true) };
    let (all, done) = (waiting.len(), waiting.into_iter().filter(|change| change.revision <= served));
    let keys: Vec<String> = done.map(|change| change.key.as_str().to_owned()).collect();
    let left = keys.len() < all;
    if keys.is_empty() {
        return Ok(left);
    }
    let caller = Caller::system(feed.0.settings.region.clone());
    let input = ConfirmChangesInput { keys };
    let work =
        Work::new(caller, move |cx| ConfirmChanges::run(&input, cx).map(|output| Box::new(output) as _));
    feed.0.writer.write(work).await.map(|_| left)
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
