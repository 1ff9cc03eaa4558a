//! Ports and counters of real containers.

use super::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

async fn said_on(host: &Host, id: &str, port: u16) -> Result<String, BackendError> {
    let mut connection = host.containers.connect(id, port).await?;
    connection.write_all(b"question\n").await.unwrap();
    connection.shutdown().await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    Ok(answer)
}

#[tokio::test]
async fn a_server_that_knows_only_ipv6_is_reached_and_hears_the_end() {
    let host = Host::new().await;
    // Answers once it has heard all: with a connection that cannot be closed one way it never would.
    host.start_script("i-1", "exec nc -ll -p 700 -s ::1 -e sh -c 'cat; echo heard'").await;
    let answer = {
        let limit = Instant::now() + Duration::from_secs(30);
        loop {
            match said_on(&host, "i-1", 700).await {
                Ok(answer) => break answer,
                Err(error) => assert!(Instant::now() < limit, "{error}"),
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert_eq!(answer, "question\nheard\n");
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
