//! Ports and counters of real containers.

use super::*;
use crate::backend::linux::network::netns::NetNs;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Answers once it has heard all: with a connection that cannot be closed one way it never would.
fn serve_once(listener: std::net::TcpListener) -> std::thread::JoinHandle<io::Result<()>> {
    std::thread::spawn(move || {
        let (mut socket, _) = listener.accept()?;
        let mut heard = String::new();
        io::Read::read_to_string(&mut socket, &mut heard)?;
        io::Write::write_all(&mut socket, format!("heard {heard}").as_bytes())
    })
}

#[tokio::test]
async fn a_server_that_knows_only_ipv6_is_reached_and_hears_the_end() {
    let host = Host::new().await;
    host.start_script("i-1", "exec sleep 1000").await;
    let inside = NetNs::open(&host.folder.path().join("netns")).unwrap().unwrap();
    let listener = inside.run(|| std::net::TcpListener::bind("[::1]:700")).unwrap().unwrap();
    let serving = serve_once(listener);
    let mut connection = host.containers.connect("i-1", 700).await.unwrap();
    connection.write_all(b"a question").await.unwrap();
    connection.shutdown().await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert_eq!(answer, "heard a question");
    serving.join().unwrap().unwrap();
}

#[tokio::test]
async fn no_thread_stays_in_the_namespace() {
    let host = Host::new().await;
    host.start_script("i-1", "exec sleep 1000").await;
    let namespaces = || -> Vec<PathBuf> {
        let tasks = fs::read_dir("/proc/self/task").unwrap().flatten();
        let found = tasks.filter_map(|task| fs::read_link(task.path().join("ns/net")).ok());
        found.collect()
    };
    for _ in 0..20 {
        let refused = host.containers.connect("i-1", 9).await.err().unwrap().to_string();
        assert_eq!(refused, "i-1: nothing listens on port 9: connection refused");
    }
    let inside = fs::metadata(host.folder.path().join("netns")).unwrap();
    let inside = format!("net:[{}]", std::os::unix::fs::MetadataExt::ino(&inside));
    assert!(namespaces().iter().all(|namespace| namespace.as_os_str() != inside.as_str()));
}

#[tokio::test]
async fn work_shows_in_the_counters() {
    let host = Host::new().await;
    host.start_script("i-1", "while :; do :; done").await;
    host.start_script("i-2", "exec sleep 1000").await;
    let busy = until("it has worked for a while", || {
        let usage = host.containers.usage().unwrap();
        (usage["i-1"].cpu > Duration::from_millis(100)).then_some(usage)
    })
    .await;
    assert!(busy["i-1"].cpu > busy["i-2"].cpu * 2, "{busy:?}");
    assert_eq!(busy["i-2"].tasks, 1);
    // Loopback is no traffic.
    assert_eq!((busy["i-1"].received_bytes, busy["i-1"].sent_bytes), (0, 0));
}
