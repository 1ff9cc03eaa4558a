//! What is used of the machine and by its instances: two readings of the counters, a second apart, while somebody waits.
//!
//! Rejected: keeping the last reading for the next question. It would save the second, and the figures would be means
//! since whenever somebody happened to ask last.

use super::calls::Line;
use crate::backend::{Backend, BackendError, InstanceUsage, MachineUsage, Usage};
use controlplane_proto::agent as proto;
use controlplane_types::Runtime;
use prost::Message;
use std::time::Duration;

/// Between the readings.
const INTERVAL: Duration = Duration::from_secs(1);

/// Answers a call of this kind.
pub(super) async fn measure(
    backend: &dyn Backend,
    runtime: &dyn Runtime,
    line: &Line,
) -> Result<(), BackendError> {
    let (first, began) = (backend.usage().await?, runtime.monotonic());
    runtime.sleep(INTERVAL).await;
    let (second, ended) = (backend.usage().await?, runtime.monotonic());
    let report = report(&first, &second, ended.saturating_sub(began));
    if line.stdout(report.encode_to_vec()).await {
        line.end(0).await;
    }
    Ok(())
}

fn report(first: &Usage, second: &Usage, elapsed: Duration) -> proto::UsageReport {
    let instances = second.instances.iter().map(|(id, now)| {
        // One that started meanwhile began at nothing, one that started again did so too.
        let before = first.instances.get(id).map_or(Duration::ZERO, |before| before.cpu);
        let before = if before > now.cpu { Duration::ZERO } else { before };
        instance(id, now, rate(before, now.cpu, elapsed))
    });
    proto::UsageReport {
        machine: Some(machine(&second.machine, rate(first.machine.cpu, second.machine.cpu, elapsed))),
        instances: instances.collect(),
    }
}

/// Thousandths of a processor.
fn rate(before: Duration, now: Duration, elapsed: Duration) -> u64 {
    let busy = now.saturating_sub(before).as_micros().saturating_mul(1000);
    u64::try_from(busy / elapsed.as_micros().max(1)).unwrap_or(u64::MAX)
}

fn instance(id: &str, now: &InstanceUsage, cpu_millis: u64) -> proto::InstanceUsage {
    let InstanceUsage { memory_bytes, tasks, received_bytes, sent_bytes, .. } = *now;
    proto::InstanceUsage { id: id.to_owned(), cpu_millis, memory_bytes, tasks, received_bytes, sent_bytes }
}

fn machine(now: &MachineUsage, cpu_millis: u64) -> proto::MachineUsage {
    let MachineUsage { memory_bytes, memory_total_bytes, tasks, disk_bytes, disk_total_bytes, .. } = *now;
    proto::MachineUsage { cpu_millis, memory_bytes, memory_total_bytes, tasks, disk_bytes, disk_total_bytes }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(machine_ms: u64, instances: &[(&str, u64)]) -> Usage {
        let cpu = Duration::from_millis;
        let instances = instances
            .iter()
            .map(|(id, ms)| ((*id).to_owned(), InstanceUsage { cpu: cpu(*ms), ..InstanceUsage::default() }));
        Usage {
            machine: MachineUsage { cpu: cpu(machine_ms), ..MachineUsage::default() },
            instances: instances.collect(),
        }
    }

    #[test]
    fn rates_are_what_was_used_between_two_readings() {
        let first = reading(10_000, &[("stays", 500), ("ends", 9), ("again", 8000)]);
        let second = reading(13_000, &[("stays", 1500), ("starts", 30), ("again", 20)]);
        let report = report(&first, &second, Duration::from_millis(2000));
        assert_eq!(report.machine.unwrap().cpu_millis, 1500);
        let found: Vec<_> = report.instances.iter().map(|one| (one.id.as_str(), one.cpu_millis)).collect();
        assert_eq!(found, [("again", 10), ("starts", 15), ("stays", 500)]);
        assert_eq!(rate(Duration::ZERO, Duration::from_secs(1), Duration::ZERO), 1_000_000_000);
    }
}
