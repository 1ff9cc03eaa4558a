//! An agent with many instances and nothing to do.

use crate::Failure;
use crate::launch::{GROUND, instance};
use crate::region::{Region, until};
use crate::usage::{self, Usage};
use std::time::Duration;

/// After the last start, before it is watched.
const SETTLES_IN: Duration = Duration::from_secs(5);

/// Prints all of it.
pub(crate) fn measure(instances: usize, seconds: u64) -> Result<(), Failure> {
    let region = Region::start()?;
    let manifests: Vec<String> = (0..instances).map(|number| instance(&format!("idle-{number}"))).collect();
    region.apply(GROUND)?;
    region.apply(&manifests.join("---\n"))?;
    until(|| Ok(region.begun() == instances))?;
    region.ok(&["wait", "instances", "--for=status.state=running"])?;
    std::thread::sleep(SETTLES_IN);
    let before = Usage::of(region.agent())?;
    std::thread::sleep(Duration::from_secs(seconds));
    let after = Usage::of(region.agent())?;
    let minute = 60.0 / seconds as f64;
    println!("an agent with {instances} instances and nothing to do");
    println!(
        "  {:.1} MiB ({:.1} of its own), {:.0} ms CPU per minute, {:.1} wake-ups per second",
        usage::proportional_kib(region.agent())? / 1024.0,
        usage::private_kib(region.agent())? / 1024.0,
        after.cpu.saturating_sub(before.cpu).as_secs_f64() * 1000.0 * minute,
        (after.wakeups - before.wakeups) as f64 / seconds as f64
    );
    Ok(())
}
