//! Connections into instances, and what they use.

use super::*;
use crate::backend::{BackendError, Connection};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Where the first process of every backend's image answers HTTP.
const WEB: u16 = 80;
/// Where nothing listens.
const NOTHING: u16 = 81;

async fn connected(machine: &dyn Machine, port: u16) -> Result<Connection, BackendError> {
    machine.backend().connect(instance(1, 1).id, port).await
}

pub(crate) async fn a_port_inside_is_reached(machine: &mut dyn Machine) {
    prepare(machine, [1]).await;
    start(machine, 1, 1).await;
    let mut connection =
        until(machine, "its server answers", || async { connected(machine, WEB).await.ok() }).await;
    connection.write_all(b"GET / HTTP/1.0\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.") && answer.contains(" 200 "), "{answer}");
}

pub(crate) async fn a_port_without_a_server_refuses(machine: &mut dyn Machine) {
    prepare(machine, [1]).await;
    assert!(connected(machine, WEB).await.is_err(), "unknown");
    start(machine, 1, 1).await;
    let refused = connected(machine, NOTHING).await.err().unwrap().to_string();
    assert!(refused.contains("connection refused"), "{refused}");
    machine.backend().stop(instance(1, 1).id, 200).await.unwrap();
    assert!(connected(machine, WEB).await.is_err(), "stopped");
}

pub(crate) async fn what_is_used_is_counted(machine: &mut dyn Machine) {
    let nothing = machine.backend().usage().await.unwrap();
    assert!(nothing.instances.is_empty() && nothing.machine.memory_total_bytes > 0, "{nothing:?}");
    prepare(machine, [1, 2]).await;
    start(machine, 1, 1).await;
    start(machine, 2, 1).await;
    machine.backend().stop(instance(2, 1).id, 200).await.unwrap();
    let id = instance(1, 1).id;
    let first = machine.backend().usage().await.unwrap();
    assert_eq!(first.instances.keys().collect::<Vec<_>>(), [&id], "only what runs");
    assert!(first.instances[&id].memory_bytes > 0 && first.instances[&id].tasks > 0, "{first:?}");
    until(machine, "time is spent", || async {
        run(machine, 1, &["true"], &[]).await;
        let now = machine.backend().usage().await.unwrap();
        (now.instances[&id].cpu > first.instances[&id].cpu).then_some(())
    })
    .await;
}
