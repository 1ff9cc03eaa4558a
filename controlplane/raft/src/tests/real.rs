//! Three servers as in production: RocksDB, gRPC on loopback, each in a tokio runtime of its own that is torn down
//! to let the server die.

use super::cluster::{change, ready};
use crate::{
    Batch, Config, NodeId, RaftNode, RaftService, Start, Stores, Timing, TokioRuntime, TonicTransport,
};
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

const DEADLINE: Duration = Duration::from_secs(30);

struct Member {
    runtime: Runtime,
    node: RaftNode,
}

fn config(id: NodeId, members: &BTreeMap<NodeId, String>) -> Config {
    Config {
        id,
        address: members[&id].clone(),
        cluster: "real".to_owned(),
        start: Start::Found(members.clone()),
        timing: Timing::default(),
    }
}

/// Retries while the folder's lock or the port of the member's former life is still held.
fn start(config: &Config, folder: &Path) -> Member {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let stores = eventually(|| Stores::open(folder).ok());
    let listener = eventually(|| TcpListener::bind(&config.address).ok());
    let node = runtime.block_on(async {
        let transport = TonicTransport::new(None, TokioRuntime::current());
        let node = RaftNode::start(config.clone(), TokioRuntime::current(), stores, transport).await.unwrap();
        listener.set_nonblocking(true).unwrap();
        let incoming = TcpIncoming::from(tokio::net::TcpListener::from_std(listener).unwrap());
        let service = RaftService::new(node.inbound()).into_server();
        tokio::spawn(Server::builder().add_service(service).serve_with_incoming(incoming));
        node
    });
    Member { runtime, node }
}

fn eventually<T>(mut attempt: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(value) = attempt() {
            return value;
        }
        assert!(began.elapsed() < DEADLINE, "the condition never came true");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn leader(members: &BTreeMap<NodeId, Member>) -> NodeId {
    let leads = |member: &Member| member.node.leadership().borrow().leads();
    eventually(|| {
        let leading = members.iter().filter_map(|(id, member)| Some((leads(member)?, *id)));
        leading.max().map(|(_, id)| id)
    })
}

/// Writes `count` records through the leader; returns the keys whose answer came.
fn write(member: &Member, prefix: &str, count: usize) -> Vec<String> {
    member.runtime.block_on(async {
        let term = ready(&member.node).await;
        let mut previous = member.node.state().await.unwrap().last;
        let mut waiting = Vec::new();
        for number in 0..count {
            let key = format!("{prefix}/{number:03}");
            let batch = Batch { term, previous, changes: vec![change(&key, "v")], ..Batch::default() };
            previous = batch.id();
            waiting.push((key, member.node.propose(batch)));
        }
        let mut answered = Vec::new();
        for (key, proposal) in waiting {
            if proposal.await.is_ok() {
                answered.push(key);
            }
        }
        answered
    })
}

fn keys(member: &Member) -> Vec<String> {
    let read = || member.runtime.block_on(member.node.read_index()).ok();
    let index = eventually(read);
    let state = member.runtime.block_on(async {
        member.node.wait_applied(index).await.unwrap();
        member.node.state().await.unwrap()
    });
    state.records.into_iter().map(|(key, _)| key).collect()
}

#[test]
fn three_servers_survive_the_leaders_death() {
    let folders: Vec<_> = (0..3).map(|_| tempfile::tempdir().unwrap()).collect();
    let listeners: Vec<_> = (0..3).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    let addresses: BTreeMap<NodeId, String> =
        (1..).zip(listeners.iter().map(|listener| listener.local_addr().unwrap().to_string())).collect();
    drop(listeners);
    let folder = |id: NodeId| folders[id as usize - 1].path();
    let mut members: BTreeMap<NodeId, Member> =
        addresses.keys().map(|id| (*id, start(&config(*id, &addresses), folder(*id)))).collect();

    let first = leader(&members);
    let mut answered = write(&members[&first], "a", 100);
    assert_eq!(answered.len(), 100);

    let dead = members.remove(&first).unwrap();
    drop(dead.node);
    dead.runtime.shutdown_background();

    let second = leader(&members);
    assert_ne!(second, first);
    answered.extend(write(&members[&second], "b", 100));
    assert_eq!(answered.len(), 200);
    for (id, member) in &members {
        assert_eq!(keys(member), answered, "server {id}");
    }

    members.insert(first, start(&config(first, &addresses), folder(first)));
    answered.extend(write(&members[&leader(&members)], "c", 10));
    let back = &members[&first];
    assert_eq!(keys(back), answered);
    for member in members.into_values() {
        member.runtime.block_on(member.node.shutdown());
        member.runtime.shutdown_timeout(DEADLINE);
    }
}

#[test]
fn a_data_folder_of_another_server_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let members = BTreeMap::from([(1, "127.0.0.1:1".to_owned())]);
    let runtime = Runtime::new().unwrap();
    let attempt = |config: Config| {
        runtime.block_on(async {
            let stores = Stores::open(folder.path()).unwrap();
            let node = RaftNode::start(
                config,
                TokioRuntime::current(),
                stores,
                TonicTransport::new(None, TokioRuntime::current()),
            )
            .await?;
            ready(&node).await;
            node.shutdown().await;
            Ok::<_, crate::StartError>(())
        })
    };
    attempt(config(1, &members)).unwrap();
    let other = BTreeMap::from([(2, "127.0.0.1:1".to_owned())]);
    let error =
        eventually(|| Stores::open(folder.path()).ok().map(drop).map(|()| attempt(config(2, &other))));
    assert!(matches!(error, Err(crate::StartError::Foreign { node: 1, .. })), "{error:?}");
}
