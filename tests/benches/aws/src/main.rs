//! What the AWS door does per second and per microsecond of CPU, beside ministack and moto_server in the same run.
//!
//! Hearth runs as a region of its own process over simulated machines, with signatures checked and every write synced to the
//! disk before it is answered; the peers run as they come, which is without signatures and in memory. Rounds alternate between
//! them, so that a neighbour's noise hits all; the table shows medians over the rounds. One process is the load: it signs each
//! request anew, keeps its connections where the server does, and checks status and number of instances of each answer.
//!
//! What readers get wrong: on a small machine the load's CPU is part of what limits the rate (receiving a thousand instances
//! is some megabytes), so CPU per request says more than requests per second; it counts the server's process alone. With
//! one connection the rate is one over the latency; with sixteen it is what the server can do beside the load.

mod ask;
mod client;
mod load;
mod measure;
mod peer;
mod report;
mod start;

use clap::{Parser, ValueEnum};
use measure::Measurement;
use peer::Peer;
use report::Report;
use std::time::Duration;
use tests_benches_instruments::Failure;

/// Measure the AWS door, beside ministack and moto_server.
#[derive(Parser, Debug)]
struct Arguments {
    /// Only these
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<What>,
    /// Instances there are while they are described; moto is left out above 100, where it answers less than once a second
    #[arg(long, value_delimiter = ',', default_values_t = [100, 1000], value_parser = clap::value_parser!(u16).range(1..=1000))]
    instances: Vec<u16>,
    /// Connections that describe
    #[arg(long, value_delimiter = ',', default_values_t = [1, 16])]
    connections: Vec<usize>,
    /// Seconds of each measurement
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// Alternating rounds
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Nodes there are while the same instances are described
    #[arg(long, value_delimiter = ',', default_values_t = [10, 100, 1000])]
    nodes: Vec<u32>,
    /// Leave the peers out
    #[arg(long)]
    alone: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// DescribeInstances
    Describe,
    /// RunInstances at 16 connections
    Run,
    /// Reads and writes at 16 connections
    Mixed,
    /// From start to the first answered call
    Start,
    /// What more nodes cost who describes the same instances
    Nodes,
}

impl Arguments {
    fn wants(&self, what: What) -> bool {
        self.only.is_empty() || self.only.contains(&what)
    }

    fn peers(&self) -> &'static [Peer] {
        if self.alone { &[Peer::Hearth] } else { &Peer::ALL }
    }
}

fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    // One thread: the load must not take more of the machine than one client process would.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(run(&arguments))
}

async fn run(arguments: &Arguments) -> Result<(), Failure> {
    if !arguments.alone {
        peer::install()?;
    }
    let mut report = Report::default();
    for round in 1..=arguments.rounds {
        for peer in arguments.peers() {
            eprintln!("round {round}: {peer}");
            measure(arguments, *peer, &mut report).await?;
        }
    }
    print!("{report}");
    Ok(())
}

/// Everything of one peer, once.
async fn measure(arguments: &Arguments, peer: Peer, report: &mut Report) -> Result<(), Failure> {
    let time = Duration::from_secs_f64(arguments.seconds);
    let mut measurement = Measurement { peer, time, report };
    if arguments.wants(What::Start) {
        start::measure(peer, measurement.report).await?;
    }
    if arguments.wants(What::Describe) {
        for instances in arguments.instances.iter().filter(|count| peer.can_show(**count)) {
            measurement.describe(*instances, &arguments.connections).await?;
        }
    }
    if arguments.wants(What::Run) {
        measurement.run().await?;
    }
    if arguments.wants(What::Mixed) {
        measurement.mixed().await?;
    }
    if arguments.wants(What::Nodes) && peer == Peer::Hearth {
        for nodes in &arguments.nodes {
            measurement.nodes(*nodes).await?;
        }
    }
    Ok(())
}
