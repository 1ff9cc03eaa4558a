//! Counters of a simulated machine: every instance idles along at one hundredth of a processor and 16 MiB.

use super::SimMachine;
use crate::backend::{BackendError, InstanceState, InstanceUsage, MachineUsage, Usage};
use std::collections::BTreeMap;
use std::time::Duration;

const MEMORY_BYTES: u64 = 16 << 20;
/// One hundredth of the time.
const BUSY_PART: u32 = 100;

impl SimMachine {
    pub(super) fn read_counters(&self) -> Result<Usage, BackendError> {
        let now = self.inner.runtime.now().as_millis();
        let state = self.powered()?;
        let running = state.instances.iter().filter(|(_, one)| one.state() == InstanceState::Running);
        let instances: BTreeMap<String, InstanceUsage> = running
            .map(|(id, one)| {
                let age = Duration::from_millis(now.saturating_sub(one.observe(id).started_at_ms));
                let usage = InstanceUsage {
                    cpu: age / BUSY_PART,
                    memory_bytes: MEMORY_BYTES,
                    tasks: 1,
                    ..InstanceUsage::default()
                };
                (id.clone(), usage)
            })
            .collect();
        let (count, capacity) = (instances.len() as u64, self.inner.config.capacity);
        let machine = MachineUsage {
            cpu: instances.values().map(|one| one.cpu).sum(),
            memory_bytes: count * MEMORY_BYTES,
            memory_total_bytes: capacity.memory_mib << 20,
            tasks: count,
            disk_bytes: 0,
            disk_total_bytes: capacity.disk_mib << 20,
        };
        Ok(Usage { machine, instances })
    }
}
