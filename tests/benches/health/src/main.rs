//! What a DNS server's health checks cost it, while all of them pass and while all of them fail.
//!
//! The server is a process of its own (this program again), fed with the checks by a control plane that does nothing else;
//! each check looks at an address of its own on this machine, behind which one program answers as it is told. The figure is
//! the kernel's CPU time of the server's process for each second, as a share of one core; 10 ms grains are a thousandth of
//! the shortest sensible measurement.
//!
//! What readers get wrong: connections over the loopback are cheaper than real ones by the network card's part and dearer by the
//! peer's, since the kernel does some of the target's work in the time of whoever sends. And a check that fails by
//! timing out costs a connection that stays open, not more CPU time.

mod node;
mod target;

use clap::{Parser, ValueEnum};
use std::process::Command;
use std::time::{Duration, Instant};
use target::{Mood, Target};
use tests_benches_instruments::{Failure, Memory, Process, cpu};

/// Measure what health checks cost.
#[derive(Parser, Clone, Debug)]
struct Arguments {
    /// How many
    #[arg(long, default_value_t = 10_000)]
    checks: u32,
    /// Seconds between a result and the next request
    #[arg(long, default_value_t = 10)]
    interval: u32,
    /// Seconds of each measurement
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// What is checked
    #[arg(long, value_enum, default_value_t = Kind::Http)]
    kind: Kind,
    /// Be the DNS server, for the targets at this port
    #[arg(long, hide = true)]
    node: Option<u16>,
}

/// Kinds of checks.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq)]
enum Kind {
    Http,
    Https,
    Search,
    Tcp,
}

fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match arguments.node {
        Some(port) => runtime.block_on(node::run(&arguments, port)),
        None => runtime.block_on(measure(&arguments)),
    }
}

async fn measure(arguments: &Arguments) -> Result<(), Failure> {
    let target = Target::start(arguments.kind).await?;
    let mut command = Command::new(std::env::current_exe()?);
    command.args(std::env::args().skip(1)).args(["--node", &target.port.to_string()]);
    let mut node = Process::start(&mut command)?;
    println!("{:<28} {:>9} {:>12} {:>11}", "all of them", "probes/s", "% of a core", "RSS MiB");
    for (mood, name) in [
        (Mood::Well, "pass"),
        (Mood::Ill, "begin to fail (503), fail"),
        (Mood::Well, "recover, pass"),
        (Mood::Silent, "begin to time out, time out"),
        (Mood::Closed, "are refused"),
    ] {
        target.set(mood);
        if name == "pass" {
            // The first round is spread over an interval; what begins is not what goes on.
            tokio::time::sleep(Duration::from_secs(u64::from(arguments.interval) + 5)).await;
        }
        let (before, probes, start) = (cpu(node.id())?, target.asked(), Instant::now());
        tokio::time::sleep(Duration::from_secs(arguments.seconds)).await;
        node.runs()?;
        let (spent, took) = (cpu(node.id())?.saturating_sub(before), start.elapsed().as_secs_f64());
        let share = spent.as_secs_f64() / took * 100.0;
        let memory = Memory::of(node.id())?.resident / 1024.0;
        let probes = (target.asked() - probes) as f64 / took;
        println!("{name:<28} {probes:>9.0} {share:>12.1} {memory:>11.0}");
    }
    Ok(())
}
