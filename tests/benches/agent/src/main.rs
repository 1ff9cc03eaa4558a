//! What starting a container, launching an instance and keeping many of them costs, beside the kernel alone, runc and podman.
//!
//! Everything is measured in one run, in turns: the machine is shared, and what slows one way down slows the next as well.
//! So the ratios say more than the times. Needs root, and leaves nothing behind.

mod bundle;
mod floor;
mod idle;
mod launch;
mod machine;
mod start;
mod usage;

use clap::{Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::process::ExitCode;
use tests_benches_instruments::Failure;

/// Measure containers and instances
#[derive(Parser, Debug)]
struct Arguments {
    #[command(subcommand)]
    part: Option<Part>,
    /// Only these
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Measure>,
    /// Containers started each way, and instances launched
    #[arg(long, default_value_t = 100)]
    rounds: usize,
    /// Instances that are kept while the agent is watched
    #[arg(long, default_value_t = 50)]
    instances: usize,
    /// Seconds the agent is watched
    #[arg(long, default_value_t = 60)]
    seconds: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Measure {
    /// A container, from start to exit
    Start,
    /// An instance, from apply to its first process
    Launch,
    /// An agent with many instances and nothing to do
    Idle,
}

#[derive(Subcommand, Debug)]
enum Part {
    /// The least any container can cost: new namespaces, chroot, /bin/true
    #[command(hide = true)]
    Floor { root: PathBuf },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match &arguments.part {
        Some(Part::Floor { root }) => floor::run(root),
        None => measure(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(arguments: &Arguments) -> Result<(), Failure> {
    let wanted = |measure| arguments.only.is_empty() || arguments.only.contains(&measure);
    if wanted(Measure::Start) {
        start::measure(arguments.rounds)?;
    }
    if wanted(Measure::Launch) {
        launch::measure(arguments.rounds)?;
    }
    if wanted(Measure::Idle) {
        idle::measure(arguments.instances, arguments.seconds)?;
    }
    Ok(())
}
