//! Names in no zone of the VPC: the cluster's own DNS servers first, then whoever recurses for this machine.

use super::cache::{Cache, Found, Key};
use super::exchange;
use controlplane_types::Runtime;
use hickory_proto::op::{Message, Query, ResponseCode};
use hickory_proto::rr::{LowerName, RecordType};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Questions of this machine that wait for others.
const MOST_WAITING: usize = 512;
/// Servers asked in turn.
const MOST_SERVERS: usize = 3;
/// How long the file that names the forwarders is believed.
const FILE_HOLDS: Duration = Duration::from_secs(10);
/// A file of that name is not larger.
const MOST_FILE_BYTES: u64 = 64 << 10;

/// Whom resolvers ask.
#[derive(Clone, Debug)]
pub struct Forwarders {
    /// DNS servers of the cluster: they know its public zones, and say so when a name is in none.
    pub authoritative: Vec<SocketAddr>,
    /// Servers that recurse; the file's if empty.
    pub recursive: Vec<SocketAddr>,
    /// The machine's `resolv.conf`.
    pub file: PathBuf,
}

impl Default for Forwarders {
    fn default() -> Self {
        Self { authoritative: Vec::new(), recursive: Vec::new(), file: PathBuf::from("/etc/resolv.conf") }
    }
}

/// The servers a `resolv.conf` names.
pub fn parse_resolv_conf(text: &str) -> Vec<SocketAddr> {
    let server = |line: &str| {
        let mut words = line.split_whitespace();
        let address = (words.next() == Some("nameserver")).then(|| words.next()).flatten()?;
        address.parse::<IpAddr>().ok().map(|address| SocketAddr::new(address, super::PORT))
    };
    text.lines().filter_map(server).take(MOST_SERVERS).collect()
}

/// The way to others.
pub(super) struct Forwarding {
    forwarders: Forwarders,
    cache: Cache,
    waiting: Semaphore,
    from_file: Mutex<Option<(Duration, Vec<SocketAddr>)>>,
    runtime: Arc<dyn Runtime>,
}

impl Forwarding {
    pub(super) fn new(forwarders: Forwarders, runtime: Arc<dyn Runtime>) -> Self {
        Self {
            forwarders,
            cache: Cache::default(),
            waiting: Semaphore::new(MOST_WAITING),
            from_file: Mutex::default(),
            runtime,
        }
    }

    /// What others say of a name.
    pub(super) async fn ask(&self, query: &Query) -> Found {
        let key: Key = (LowerName::from(query.name()), query.query_type());
        if let Some(found) = self.cache.get(&key, self.runtime.monotonic()) {
            return found;
        }
        let Ok(_place) = self.waiting.try_acquire() else { return Found::failure() };
        let found = match self.ask_own(query).await {
            Some(found) => Some(found),
            None => self.ask_others(query).await,
        };
        let Some(found) = found else { return Found::failure() };
        self.cache.put(key, &found, self.runtime.monotonic());
        found
    }

    /// A server of the cluster refuses what is in none of its zones, and refers to others for what it delegated.
    async fn ask_own(&self, query: &Query) -> Option<Found> {
        for server in &self.forwarders.authoritative {
            let Some(answer) = exchange::ask(*server, query, false, &self.runtime).await else { continue };
            let knows = answer.metadata.authoritative
                && matches!(answer.metadata.response_code, ResponseCode::NoError | ResponseCode::NXDomain);
            if knows {
                return Some(found(answer, false));
            }
            if answer.metadata.response_code != ResponseCode::ServFail {
                return None;
            }
        }
        None
    }

    async fn ask_others(&self, query: &Query) -> Option<Found> {
        let mut last = None;
        for server in self.recursive().into_iter().take(MOST_SERVERS) {
            let Some(answer) = exchange::ask(server, query, true, &self.runtime).await else { continue };
            let code = answer.metadata.response_code;
            let answered = found(answer, true);
            if matches!(code, ResponseCode::NoError | ResponseCode::NXDomain) {
                return Some(answered);
            }
            last = Some(Found { answers: Vec::new(), authorities: Vec::new(), ..answered });
        }
        last
    }

    /// A machine that moves between networks gets another file.
    fn recursive(&self) -> Vec<SocketAddr> {
        if !self.forwarders.recursive.is_empty() {
            return self.forwarders.recursive.clone();
        }
        let now = self.runtime.monotonic();
        let mut known = self.from_file.lock().unwrap_or_else(PoisonError::into_inner);
        match &*known {
            Some((at, servers)) if now.saturating_sub(*at) < FILE_HOLDS => servers.clone(),
            _ => {
                let servers = read(&self.forwarders.file);
                *known = Some((now, servers.clone()));
                servers
            }
        }
    }
}

fn read(file: &Path) -> Vec<SocketAddr> {
    use std::io::Read;
    let mut text = String::new();
    let opened = std::fs::File::open(file);
    match opened.and_then(|opened| opened.take(MOST_FILE_BYTES).read_to_string(&mut text)) {
        Ok(_) => parse_resolv_conf(&text),
        Err(error) => {
            tracing::warn!(file = %file.display(), %error, "there is nobody to forward to");
            Vec::new()
        }
    }
}

/// Without what no client asked for: signatures and the like go through recursion only when asked (RFC 4035).
fn found(answer: Message, complete: bool) -> Found {
    let answer = answer.maybe_strip_dnssec_records(false);
    let authorities = answer.authorities.into_iter().filter(|record| record.record_type() == RecordType::SOA);
    Found {
        code: answer.metadata.response_code,
        answers: answer.answers,
        authorities: authorities.collect(),
        complete,
    }
}
