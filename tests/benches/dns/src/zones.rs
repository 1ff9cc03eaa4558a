//! A million record sets in a thousand zones: how long they take from the disk, what they take of memory, and how long nobody is
//! answered while a batch of changes comes in.
//!
//! The server runs in a process of its own, started again on what the first one left on disk: memory is counted there, from before
//! it starts to after it has loaded, so nothing of what made the zones is in it.
//!
//! What readers get wrong: the longest pause is the machine's, on a machine with others on it. So the same questions are asked for
//! as long without any change; what changes do shows in the difference.

use crate::ask::Names;
use clap::Args;
use controlplane_proto::dns::{FeedMessage, FeedStatus, RecordSet, RecordSetKey, Simple, Zone, record_set};
use controlplane_raft::TokioRuntime;
use dns::{Config, Handle, LocalFeed, LocationConfig, Server};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc as std_mpsc;
use std::time::{Duration, Instant};
use tests_benches_instruments::{Failure, Memory, Times};
use tokio::sync::mpsc;

const CLUSTER: &str = "bench";
/// Changes of one batch, the most there may be.
const BATCH: usize = 1000;
const SOA: &str = "ns.bench.test. host.bench.test. 1 7200 900 1209600 86400";

/// Measure loading, memory and pauses with many record sets.
#[derive(Args, Debug)]
pub(crate) struct Zones {
    /// How many zones
    #[arg(long, default_value_t = 1000)]
    zones: usize,
    /// How many record sets in each
    #[arg(long, default_value_t = 1000)]
    sets: usize,
    /// How many batches of changes
    #[arg(long, default_value_t = 20)]
    batches: usize,
    /// Where the zones lie; for the process that is measured
    #[arg(long, hide = true)]
    folder: Option<PathBuf>,
}

/// The control plane's end of the feed.
struct Control {
    statuses: mpsc::Receiver<FeedStatus>,
    messages: mpsc::Sender<FeedMessage>,
}

impl Control {
    async fn send(&mut self, message: FeedMessage) -> Result<(), Failure> {
        let generation = message.generation;
        self.messages.send(message).await?;
        while self.statuses.recv().await.ok_or("the feed ended")?.generation != generation {}
        Ok(())
    }
}

impl Zones {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        match &self.folder {
            Some(folder) => self.measure(folder),
            None => self.prepare(),
        }
    }

    /// Leaves the zones on disk, and starts the process that is measured.
    fn prepare(&self) -> Result<(), Failure> {
        let folder = tempfile::tempdir()?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(async {
            let (server, mut control) = start(folder.path()).await?;
            control.send(self.snapshot()).await?;
            server.shutdown().await;
            Ok::<_, Failure>(())
        })?;
        let mut again = Command::new(std::env::current_exe()?);
        again.arg("zones").arg("--folder").arg(folder.path());
        again.args(["--zones", &self.zones.to_string(), "--sets", &self.sets.to_string()]);
        again.args(["--batches", &self.batches.to_string()]);
        let mut process = again.stdout(Stdio::piped()).spawn()?;
        let said = process.stdout.take().ok_or("no output")?;
        for line in BufReader::new(said).lines() {
            writeln!(std::io::stdout(), "{}", line?)?;
        }
        if process.wait()?.success() { Ok(()) } else { Err("the measured process failed".into()) }
    }

    fn measure(&self, folder: &Path) -> Result<(), Failure> {
        let before = Memory::of(std::process::id())?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let began = Instant::now();
        let (server, mut control) = runtime.block_on(start(folder))?;
        let loaded = began.elapsed();
        let names = Names::at(server.local_addr())?;
        let last = format!("n{}.z{}.test", self.sets - 1, self.zones - 1);
        if names.address(&last)?.is_none() {
            return Err(format!("{last} is not there").into());
        }
        let sets = (self.zones * self.sets) as f64;
        let held = (Memory::of(std::process::id())?.private() - before.private()) * 1024.0;
        println!("{sets} record sets: loaded from disk in {:.2} s", loaded.as_secs_f64());
        println!("{:.0} octets of memory for each", held / sets);

        let batches: Vec<FeedMessage> = (0..self.batches).map(|number| self.batch(number as u64)).collect();
        let began = Instant::now();
        let changing = asked_while(&names, &last, || {
            runtime.block_on(async {
                for batch in batches {
                    control.send(batch).await?;
                }
                Ok(())
            })
        })?;
        let took = began.elapsed();
        let quiet = asked_while(&names, &last, || {
            std::thread::sleep(took);
            Ok(())
        })?;
        println!("{} batches of {BATCH} changes in {:.2} s", self.batches, took.as_secs_f64());
        for (what, times) in [("meanwhile", &changing), ("without changes", &quiet)] {
            let us = |part: f64| times.quantile(part).as_secs_f64() * 1e6;
            println!(
                "answers {what}: {} asked, median {:.0} us, p99 {:.0}, p99.9 {:.0}, longest {:.0}",
                times.count(),
                us(0.5),
                us(0.99),
                us(0.999),
                us(1.0)
            );
        }
        runtime.block_on(server.shutdown());
        Ok(())
    }

    fn snapshot(&self) -> FeedMessage {
        let mut message = FeedMessage { generation: 1, ..head() };
        for zone in 0..self.zones {
            let (id, name) = (zone_id(zone), format!("z{zone}.test."));
            message.record_sets.push(set(&id, &name, "SOA", SOA));
            message.record_sets.push(set(&id, &name, "NS", "ns.bench.test."));
            for number in 0..self.sets {
                let address = format!("10.{}.{}.{}", zone % 250, number / 250, number % 250);
                message.record_sets.push(set(&id, &format!("n{number}.{name}"), "A", &address));
            }
            message.zones.push(Zone { id, name, signing: None, serial: 0 });
        }
        message
    }

    /// Every name of one zone, or as many as a batch may have, with another address.
    fn batch(&self, number: u64) -> FeedMessage {
        let zone = number as usize % self.zones;
        let (id, name) = (zone_id(zone), format!("z{zone}.test."));
        let changed = |set_number: usize| {
            set(&id, &format!("n{set_number}.{name}"), "A", &format!("192.0.2.{}", number % 250))
        };
        let record_sets = (0..self.sets.min(BATCH)).map(changed).collect();
        FeedMessage { generation: number + 2, base: number + 1, record_sets, ..head() }
    }
}

async fn start(folder: &Path) -> Result<(Handle, Control), Failure> {
    let (subscribers, arriving) = std_mpsc::channel();
    let connect = move || {
        let (to_control, statuses) = mpsc::channel(16);
        let (messages, from_control) = mpsc::channel(16);
        // Nobody waits for a second subscription.
        let _ = subscribers.send(Control { statuses, messages });
        (to_control, from_control)
    };
    let config = Config {
        name: "bench".to_owned(),
        dns_addr: "127.0.0.1:0".parse()?,
        data_dir: folder.to_owned(),
        workers: 1,
        health: None,
        location: LocationConfig::default(),
        nsid: String::new(),
        response_rate: 0,
        query_log_dir: None,
        transfer: Default::default(),
        checker_region: String::new(),
    };
    let server = Server::start(config, TokioRuntime::current(), Arc::new(LocalFeed::new(connect))).await?;
    let control = tokio::task::spawn_blocking(move || arriving.recv()).await??;
    Ok((server, control))
}

/// Asks without a break while `work` is done.
fn asked_while(
    names: &Names,
    name: &str,
    work: impl FnOnce() -> Result<(), Failure>,
) -> Result<Times, Failure> {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let mut times = Times::default();
            while !over.load(Ordering::Relaxed) {
                let began = Instant::now();
                names.address(name)?;
                times.add(began.elapsed());
                // The others shall get a turn on a small machine.
                std::thread::sleep(Duration::from_micros(50));
            }
            Ok::<_, Failure>(times)
        });
        let worked = work();
        over.store(true, Ordering::Relaxed);
        let times = asking.join().map_err(|_| "a thread panicked")??;
        worked.map(|()| times)
    })
}

fn head() -> FeedMessage {
    FeedMessage { cluster_id: CLUSTER.to_owned(), incarnation: 1, ..FeedMessage::default() }
}

fn zone_id(zone: usize) -> String {
    format!("Z{zone:019}")
}

fn set(zone_id: &str, name: &str, kind: &str, value: &str) -> RecordSet {
    let key = RecordSetKey {
        zone_id: zone_id.to_owned(),
        name: name.to_owned(),
        r#type: kind.to_owned(),
        set_identifier: String::new(),
    };
    RecordSet {
        key: Some(key),
        ttl: 300,
        values: vec![value.to_owned()],
        policy: Some(record_set::Policy::Simple(Simple {})),
        ..RecordSet::default()
    }
}
