//! An agent with many instances and nothing to do.

use crate::Failure;
use crate::launch::{GROUND, instance};
use crate::machine::Machine;
use crate::usage::Usage;
use std::time::Duration;
use tests_benches_instruments::{Memory, until};

/// After the last start, before it is watched.
const SETTLES_IN: Duration = Duration::from_secs(5);

/// Prints all of it.
pub(crate) fn measure(instances: usize, seconds: u64) -> Result<(), Failure> {
    let machine = Machine::start()?;
    let manifests: Vec<String> = (0..instances).map(|number| instance(&format!("idle-{number}"))).collect();
    machine.region.apply(GROUND)?;
    machine.region.apply(&manifests.join("---\n"))?;
    until(|| Ok(machine.begun() == instances))?;
    machine.region.ok(&["wait", "instances", "--for=status.state=running"])?;
    std::thread::sleep(SETTLES_IN);
    let before = Usage::of(machine.agent)?;
    let mut memory = Vec::new();
    for _ in 0..seconds.max(1) {
        std::thread::sleep(Duration::from_secs(1));
        memory.push(Memory::of(machine.agent)?);
    }
    let after = Usage::of(machine.agent)?;
    let seconds = memory.len() as f64;
    println!("an agent with {instances} instances and nothing to do");
    println!(
        "  {:.0} ms CPU per minute, {:.1} wake-ups per second",
        after.cpu.saturating_sub(before.cpu).as_secs_f64() * 1000.0 * 60.0 / seconds,
        after.wakeups_since(&before) as f64 / seconds
    );
    println!("  MiB         median    most");
    show("resident", &memory, |one| one.resident);
    show("its share", &memory, |one| one.proportional);
    show("its own", &memory, Memory::private);
    show("written to", &memory, |one| one.private_dirty);
    Ok(())
}

/// One look a second: between sweeps there is less than right after one.
fn show(name: &str, memory: &[Memory], kib: impl Fn(&Memory) -> f64) {
    let mut mib: Vec<f64> = memory.iter().map(|one| kib(one) / 1024.0).collect();
    mib.sort_by(f64::total_cmp);
    let (median, most) = (mib[mib.len() / 2], mib[mib.len() - 1]);
    println!("  {name:<12}{median:>5.1}   {most:>5.1}");
}
