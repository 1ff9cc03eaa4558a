//! A DNS server that follows the feed and acknowledges what it got. It answers nobody; what it would answer with is
//! compared with the records.

use super::server::Servers;
use controlplane_proto::dns::{FeedMessage, FeedStatus, RecordSet, RecordSetKey};
use controlplane_types::Runtime;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

const NAME: &str = "dns-1";
/// Between attempts to find a server that leads.
const PAUSE: Duration = Duration::from_millis(300);

/// Zone, name, type, set identifier.
type SetKey = (String, String, String, String);

#[derive(Default)]
struct Held {
    generation: u64,
    sets: BTreeMap<SetKey, RecordSet>,
    /// Deltas on something else than what is held.
    gaps: Vec<String>,
}

/// A name server; clones share what it holds.
#[derive(Clone, Default)]
pub struct NameServer(Arc<Mutex<Held>>);

impl NameServer {
    /// Follows whichever server leads, from now on.
    pub fn start(servers: &Servers, runtime: &Arc<dyn Runtime>) -> Self {
        let server = Self::default();
        let following = server.clone().follow(servers.clone(), runtime.clone());
        runtime.spawn("name-server", Box::pin(following));
        server
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The values of every record set of `name`, in order.
    pub fn values(&self, name: &str) -> Vec<String> {
        let held = self.lock();
        let sets = held.sets.values().filter(|set| set.key.as_ref().is_some_and(|key| key.name == name));
        let mut values: Vec<String> = sets.flat_map(|set| set.values.iter().cloned()).collect();
        values.sort();
        values
    }

    /// Deltas that did not extend what was held.
    pub fn gaps(&self) -> Vec<String> {
        self.lock().gaps.clone()
    }

    async fn follow(self, servers: Servers, runtime: Arc<dyn Runtime>) {
        for attempt in 0.. {
            let ids = servers.ids();
            if let Some(core) = servers.core(ids[attempt % ids.len()]) {
                let (status, mut messages) = core.dns_feed.connect();
                drop(core);
                let hello = FeedStatus {
                    server: NAME.to_owned(),
                    health_address: address(),
                    ..FeedStatus::default()
                };
                // A server that does not lead says so; the next one is asked.
                let mut alive = status.send(hello).await.is_ok();
                while alive {
                    let Some(message) = messages.recv().await else { break };
                    if message.not_leading {
                        break;
                    }
                    alive = status.send(self.take(message)).await.is_ok();
                }
            }
            runtime.sleep(PAUSE).await;
        }
    }

    fn take(&self, message: FeedMessage) -> FeedStatus {
        let mut held = self.lock();
        if message.base == 0 {
            held.sets.clear();
        } else if message.base != held.generation {
            let gap = format!("a delta on {} while {} was held", message.base, held.generation);
            held.gaps.push(gap);
        }
        for key in &message.removed_record_sets {
            held.sets.remove(&set_key(key));
        }
        for set in message.record_sets {
            let key = set.key.as_ref().map(set_key).unwrap_or_default();
            held.sets.insert(key, set);
        }
        held.generation = message.generation;
        FeedStatus {
            server: NAME.to_owned(),
            cluster_id: message.cluster_id,
            incarnation: message.incarnation,
            generation: message.generation,
            health_address: address(),
            ..FeedStatus::default()
        }
    }
}

fn address() -> String {
    "192.0.2.250:5300".to_owned()
}

fn set_key(key: &RecordSetKey) -> SetKey {
    (key.zone_id.clone(), key.name.clone(), key.r#type.clone(), key.set_identifier.clone())
}
