//! Whole servers on real sockets, asked by `dig` and by hand, fed through both kinds of feed.

mod asking;
mod disk;
mod failover;
mod feeding;
mod latencies;
mod notifications;
mod options;
mod query_log;
mod serving;
mod tls;
mod transfers;

use crate::zone::tests::snapshot;
use crate::{Config, Handle, LocalFeed, Server};
use controlplane_proto::dns::{FeedMessage, FeedStatus};
use controlplane_types::runtime::TaskHandle;
use controlplane_types::{BoxFuture, Runtime, Timestamp};
use std::hash::{BuildHasher, RandomState};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::mpsc;

/// Longest wait for anything: far beyond what is expected, so that only a defect reaches it.
const PATIENCE: Duration = Duration::from_secs(20);

/// The runtime over tokio.
pub(crate) struct TestRuntime;

impl Runtime for TestRuntime {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        Timestamp::from_millis(since.as_millis() as u64)
    }

    fn monotonic(&self) -> Duration {
        static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
        START.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        Box::pin(tokio::time::sleep(duration))
    }

    fn spawn(&self, _name: &'static str, task: BoxFuture<()>) -> TaskHandle {
        let task = tokio::spawn(task).abort_handle();
        TaskHandle::new(move || task.abort())
    }

    fn fill_random(&self, buffer: &mut [u8]) {
        let random = RandomState::new();
        for (number, chunk) in buffer.chunks_mut(8).enumerate() {
            chunk.copy_from_slice(&random.hash_one(number).to_le_bytes()[..chunk.len()]);
        }
    }
}

/// A clock that runs forty times as fast, and what was waited for by it.
#[derive(Default)]
pub(crate) struct Hasty(pub(crate) Mutex<Vec<Duration>>);

impl Runtime for Hasty {
    fn now(&self) -> Timestamp {
        TestRuntime.now()
    }

    fn monotonic(&self) -> Duration {
        TestRuntime.monotonic() * 40
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        self.0.lock().unwrap().push(duration);
        TestRuntime.sleep(duration / 40)
    }

    fn spawn(&self, name: &'static str, task: BoxFuture<()>) -> TaskHandle {
        TestRuntime.spawn(name, task)
    }

    fn fill_random(&self, buffer: &mut [u8]) {
        TestRuntime.fill_random(buffer);
    }
}

fn config(folder: &Path) -> Config {
    Config {
        name: "dns-1".to_owned(),
        dns_addr: "127.0.0.1:0".parse().unwrap(),
        data_dir: folder.to_owned(),
        workers: 2,
        health: None,
        checker_region: String::new(),
        location: crate::LocationConfig::default(),
        nsid: String::new(),
        response_rate: 0,
        query_log_dir: None,
        transfer: crate::TransferConfig::default(),
    }
}

/// The control plane's end of one subscription.
struct Subscriber {
    statuses: mpsc::Receiver<FeedStatus>,
    messages: mpsc::Sender<FeedMessage>,
}

/// A feed, and where its subscriptions arrive.
fn feed() -> (Arc<LocalFeed>, mpsc::UnboundedReceiver<Subscriber>) {
    let (subscribers, arriving) = mpsc::unbounded_channel();
    let connect = move || {
        let (to_control, statuses) = mpsc::channel(16);
        let (messages, from_control) = mpsc::channel(16);
        let _ = subscribers.send(Subscriber { statuses, messages });
        (to_control, from_control)
    };
    (Arc::new(LocalFeed::new(connect)), arriving)
}

/// A server with a control plane played by the test.
struct Fixture {
    folder: tempfile::TempDir,
    server: Handle,
    subscribers: mpsc::UnboundedReceiver<Subscriber>,
    control: Subscriber,
}

impl Fixture {
    /// Starts, subscribes, and waits until `message` is served.
    async fn new(message: FeedMessage) -> Self {
        let mut fixture = Self::start(tempfile::tempdir().unwrap(), |_| {}).await;
        fixture.send(message).await;
        fixture
    }

    async fn start(folder: tempfile::TempDir, change: impl FnOnce(&mut Config)) -> Self {
        let (feed, mut subscribers) = feed();
        let mut config = config(folder.path());
        change(&mut config);
        let server = Server::start(config, Arc::new(TestRuntime), feed).await.unwrap();
        let control = soon(subscribers.recv()).await.unwrap();
        Self { folder, server, subscribers, control }
    }

    /// Sends a message and waits for its acknowledgement.
    async fn send(&mut self, message: FeedMessage) {
        let generation = message.generation;
        self.control.messages.send(message).await.unwrap();
        self.status(|status| status.generation == generation).await;
    }

    /// The first status that passes.
    async fn status(&mut self, wanted: impl Fn(&FeedStatus) -> bool) -> FeedStatus {
        loop {
            let status = soon(self.control.statuses.recv()).await.expect("the subscription goes on");
            if wanted(&status) {
                return status;
            }
        }
    }

    /// Ends the subscription and waits for the next.
    async fn lose_link(&mut self) {
        let (messages, _) = mpsc::channel(1);
        self.control.messages = messages;
        self.control = soon(self.subscribers.recv()).await.unwrap();
    }

    fn address(&self) -> SocketAddr {
        self.server.local_addr()
    }

    async fn dig(&self, arguments: &str) -> String {
        dig(self.address(), arguments).await
    }
}

async fn soon<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.expect("it takes too long")
}

/// Waits for a condition.
async fn until<F: Future<Output = bool>>(what: &str, condition: impl Fn() -> F) {
    let start = Instant::now();
    while !condition().await {
        assert!(start.elapsed() < PATIENCE, "not true in time: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What `dig` prints. A server on all addresses is asked at one of them.
async fn dig(server: SocketAddr, arguments: &str) -> String {
    let host =
        format!("@{}", if server.ip().is_unspecified() { Ipv4Addr::LOCALHOST.into() } else { server.ip() });
    let arguments: Vec<String> = arguments.split(' ').map(str::to_owned).collect();
    let run = move || {
        std::process::Command::new("dig")
            .args([host.as_str(), "-p", &server.port().to_string(), "+tries=1", "+time=5"])
            .args(arguments)
            .output()
            .expect("dig is installed (package bind9-dnsutils)")
    };
    let output = tokio::task::spawn_blocking(run).await.unwrap();
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

/// The zone most tests serve, one address behind `www`.
fn zone(generation: u64, address: &str) -> FeedMessage {
    snapshot(generation, vec![crate::zone::tests::set("www.example.com.", "A", 60, &[address])])
}
