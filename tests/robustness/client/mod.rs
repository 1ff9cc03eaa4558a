//! Clients: they write and read through the AWS door of every server, as SDKs do, and remember what they were told.
//!
//! A client is one thread in the client machine's network with all its tasks on it: a thread has one network, and tasks
//! that moved between threads would leave it.

mod ledger;
mod records;
mod session;
mod workload;

pub(crate) use ledger::{Ledger, register_name};
pub(crate) use session::Failed;
pub(crate) use workload::{Habits, Retry, Workload};

use crate::lab::Lab;
use nix::sched::{CloneFlags, setns};
use session::Session;
use std::collections::BTreeMap;
use std::fs::File;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tests::wait::{PATIENCE, until};

/// What one attempt may take where nothing else is said.
const ATTEMPT: Duration = Duration::from_secs(1);
/// Between the starts of two probes.
const PROBE_EVERY: Duration = Duration::from_millis(5);
/// What a probe may take. With the pause between them it bounds how many are under way: servers that have just lost a
/// third of themselves must not be buried by those who ask how they are.
const PROBE_WITHIN: Duration = Duration::from_millis(500);
/// The writer that probes are.
const PROBE: &str = "probe";

/// A way into the laboratory, with a zone for each writer and a ledger of what was written.
#[derive(Clone)]
pub(crate) struct Client {
    namespace: String,
    servers: Vec<u64>,
    zones: BTreeMap<&'static str, String>,
    pub(crate) ledger: Ledger,
}

impl Client {
    /// Makes the zones.
    pub(crate) fn new(lab: &Lab) -> Self {
        let mut client = Self {
            namespace: lab.client_namespace(),
            servers: lab.ids(),
            zones: BTreeMap::new(),
            ledger: Ledger::default(),
        };
        let first = client.servers[0];
        for writer in workload::NAMES.into_iter().chain([PROBE]) {
            let answer = until("a zone is made", PATIENCE, || {
                let made = client.run(async move {
                    let (call, invocation) = (records::create_zone(writer), format!("zone-{writer}"));
                    Session::default().attempt(first, &call, &invocation, ATTEMPT).await
                });
                made.map_err(|failed| format!("{failed:?}"))
            });
            client.zones.insert(writer, records::zone_id(&answer));
        }
        client
    }

    /// Starts `work` on a thread in the client machine's network.
    fn spawn<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        let namespace = format!("/run/netns/{}", self.namespace);
        std::thread::spawn(move || {
            let namespace = File::open(namespace).expect("the client's network");
            setns(namespace, CloneFlags::CLONE_NEWNET).expect("entering it");
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(work)
        })
    }

    /// Runs `work` there.
    fn run<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> T {
        self.spawn(work).join().expect("the client does not panic")
    }

    /// Starts writing and reading.
    pub(crate) fn work(&self, habits: Habits) -> Workload {
        Workload::start(self, habits)
    }

    /// One write at one server, whatever becomes of it.
    pub(crate) fn write_once(&self, id: u64) -> Result<(), Failed> {
        let client = self.clone();
        self.run(async move { client.probe(id, ATTEMPT).await })
    }

    async fn probe(&self, id: u64, within: Duration) -> Result<(), Failed> {
        let number = self.ledger.begin(PROBE, false);
        let call = records::write(&self.zones[PROBE], PROBE, number, false);
        let answer = Session::default().attempt(id, &call, &format!("{PROBE}-{number}"), within).await;
        match answer {
            Ok(_) => self.ledger.acknowledge(PROBE, number, 1),
            Err(_) => self.ledger.give_up(PROBE, number),
        }
        answer.map(drop)
    }

    /// Reads one register at one server, and holds the answer against the ledger.
    pub(crate) fn read_once(&self, id: u64, writer: &'static str) -> Result<u64, Failed> {
        let client = self.clone();
        self.run(async move { client.read(&mut Session::default(), id, writer).await })
    }

    async fn read(&self, session: &mut Session, id: u64, writer: &str) -> Result<u64, Failed> {
        let floor = self.ledger.newest(writer);
        let seen = records::read_register(session, id, &self.zones[writer], writer, ATTEMPT).await?;
        self.ledger.judge_read(id, writer, floor, seen);
        Ok(seen)
    }

    /// How long after `since` the first write that began later was acknowledged by one of `servers`. A new one is sent
    /// every few milliseconds whatever became of those before it, so that one that hangs delays nothing.
    pub(crate) fn first_acknowledged(&self, servers: Vec<u64>, since: Instant) -> Duration {
        let client = self.clone();
        let probing = async move {
            let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
            for id in servers.iter().cycle() {
                let (client, tell, id) = (client.clone(), tell.clone(), *id);
                tokio::spawn(async move {
                    if client.probe(id, PROBE_WITHIN).await.is_ok() {
                        // The first one is enough.
                        let _ = tell.send(since.elapsed());
                    }
                });
                match tokio::time::timeout(PROBE_EVERY, told.recv()).await {
                    Ok(Some(elapsed)) => return elapsed,
                    _ => assert!(since.elapsed() < PATIENCE, "no write is acknowledged any more"),
                }
            }
            unreachable!("servers are asked in turn for ever")
        };
        self.run(probing)
    }

    /// Probes `servers` in turn while `work` runs.
    pub(crate) fn probe_during(&self, servers: Vec<u64>, work: impl FnOnce()) {
        let (client, over) = (self.clone(), Arc::new(AtomicBool::new(false)));
        let probing = {
            let over = over.clone();
            self.spawn(async move {
                for id in servers.iter().cycle().take_while(|_| !over.load(Ordering::Relaxed)) {
                    let (client, id) = (client.clone(), *id);
                    // What became of it is in the ledger.
                    tokio::spawn(async move { client.probe(id, PROBE_WITHIN).await });
                    tokio::time::sleep(PROBE_EVERY).await;
                }
            })
        };
        work();
        over.store(true, Ordering::Relaxed);
        probing.join().expect("the client does not panic");
    }

    /// Waits until each of `servers` has every acknowledged write, and all have the same.
    ///
    /// To be called when nothing is written any more, with every server of the cluster.
    pub(crate) fn check(&self, servers: &[u64]) {
        let lists: Vec<_> = servers.iter().map(|id| (*id, self.list(*id))).collect();
        for (id, found) in &lists {
            let complaints = self.ledger.verdict(found);
            assert!(complaints.is_empty(), "server {id}: {}", complaints.join("\n"));
        }
        let (first, found) = &lists[0];
        for (id, other) in &lists[1..] {
            assert!(found == other, "servers {first} and {id} differ");
        }
    }

    fn list(&self, id: u64) -> BTreeMap<String, String> {
        let zones = self.zones.values().cloned();
        let listed = zones.flat_map(|zone| {
            until(&format!("server {id} lists a zone"), PATIENCE, || {
                let zone = zone.clone();
                let listed = self
                    .run(async move { records::list(&mut Session::default(), id, &zone, ATTEMPT * 5).await });
                listed.map_err(|failed| format!("{failed:?}"))
            })
        });
        listed.collect()
    }
}
