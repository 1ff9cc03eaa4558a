//! The DNS server, with a control plane that gives it checks and listens.

use crate::{Arguments, Kind};
use controlplane_proto::dns::health_check::Kind as Proto;
use controlplane_proto::dns::{FeedMessage, HealthCheck};
use controlplane_types::runtime::TaskHandle;
use controlplane_types::{BoxFuture, Runtime, Timestamp};
use dns::{Config, HealthConfig, LocalFeed, LocationConfig, Server};
use std::fs::File;
use std::io::Read;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tests_benches_instruments::Failure;
use tokio::sync::mpsc;

pub(crate) async fn run(arguments: &Arguments, port: u16) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let checks = message(arguments, port);
    let feed = LocalFeed::new(move || {
        let (to_control, mut statuses) = mpsc::channel(16);
        let (messages, from_control) = mpsc::channel(16);
        let checks = checks.clone();
        tokio::spawn(async move {
            // The session ends with this process.
            let _ = messages.send(checks).await;
            while statuses.recv().await.is_some() {}
            drop(messages);
        });
        (to_control, from_control)
    });
    let config = Config {
        name: "node".to_owned(),
        dns_addr: "127.0.0.1:0".parse()?,
        data_dir: folder.path().to_owned(),
        workers: 1,
        health: Some(HealthConfig { addr: "127.0.0.1:0".parse()?, advertised: None, tls: None }),
        query_log_dir: None,
        transfer: Default::default(),
        checker_region: String::new(),
        location: LocationConfig::default(),
        nsid: String::new(),
        response_rate: 0,
    };
    let _server = Server::start(config, Arc::new(Machine), Arc::new(feed)).await?;
    std::future::pending().await
}

fn message(arguments: &Arguments, port: u16) -> FeedMessage {
    let check = |number: u32| {
        let [_, a, b, c] = number.to_be_bytes();
        let mut check = HealthCheck {
            id: format!("{number:08x}-0000-4000-8000-{number:012x}"),
            address: format!("127.{}.{b}.{c}", a + 1),
            port: port.into(),
            host: "target.test".to_owned(),
            path: "/health".to_owned(),
            interval_seconds: arguments.interval,
            failure_threshold: 3,
            enable_sni: true,
            ..HealthCheck::default()
        };
        if arguments.kind == Kind::Search {
            check.search_string = "all is well".to_owned();
        }
        check.set_kind(match arguments.kind {
            Kind::Http => Proto::Http,
            Kind::Https => Proto::Https,
            Kind::Search => Proto::HttpStrMatch,
            Kind::Tcp => Proto::Tcp,
        });
        check
    };
    FeedMessage {
        cluster_id: "bench".to_owned(),
        incarnation: 1,
        generation: 1,
        health_checks: (0..arguments.checks).map(check).collect(),
        ..FeedMessage::default()
    }
}

/// This machine's clock and randomness, and tokio.
struct Machine;

impl Runtime for Machine {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(since.as_millis() as u64)
    }

    fn monotonic(&self) -> Duration {
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        Box::pin(tokio::time::sleep(duration))
    }

    fn spawn(&self, _: &'static str, task: BoxFuture<()>) -> TaskHandle {
        let task = tokio::spawn(task).abort_handle();
        TaskHandle::new(move || task.abort())
    }

    fn fill_random(&self, buffer: &mut [u8]) {
        let filled = File::open("/dev/urandom").and_then(|mut source| source.read_exact(buffer));
        assert!(filled.is_ok(), "no randomness: {filled:?}");
    }
}
