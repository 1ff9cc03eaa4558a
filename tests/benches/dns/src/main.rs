//! CPU time for each answer, beside NSD and gdnsd in the same run.
//!
//! Every server holds the same zones and runs one thread of its own on one core; dnsperf asks from another. Rounds go from
//! server to server, so that a neighbour's noise hits all; the table shows medians over the rounds, and ratios that were taken
//! within a round.
//!
//! What readers get wrong: on a small machine rates are the generator's, which sits beside the server, so what counts is the
//! server's CPU time for each query it answered. It is the kernel's figure for its processes (10 ms grains: a round of three
//! seconds is good for one in a hundred), receiving and sending included, which is most of it for every server here.
//! Answers are of the same size: the table shows octets, and a server that says less would be cheaper.

mod ask;
mod changes;
mod cluster;
mod gdnsd;
mod hearth;
mod load;
mod nsd;
mod report;
mod signing;
mod workload;
mod zones;

use clap::{Parser, Subcommand};
use report::Report;
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;
use tests_benches_instruments::{Failure, until};
use workload::{Peer, Workload};

/// Measure answers, beside NSD and gdnsd where they are installed; or what else there is to measure.
#[derive(Parser, Debug)]
#[command(args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    other: Option<Other>,
    #[command(flatten)]
    answers: Answers,
}

#[derive(Subcommand, Debug)]
enum Other {
    Changes(changes::Changes),
    Zones(zones::Zones),
}

/// What answers are measured with.
#[derive(clap::Args, Debug)]
struct Answers {
    /// Only these
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Workload>,
    /// Seconds of each measurement
    #[arg(long, default_value_t = 3)]
    seconds: u32,
    /// Alternating rounds
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// The processor that servers run on
    #[arg(long, default_value_t = 1)]
    server_core: usize,
    /// The processor that dnsperf runs on
    #[arg(long, default_value_t = 0)]
    load_core: usize,
}

/// A server that is asked.
struct Asked {
    port: u16,
    /// Its CPU time so far.
    cpu: Box<dyn Fn() -> Result<Duration, Failure>>,
    /// What ends with it.
    _running: Box<dyn std::any::Any>,
}

fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    match arguments.other {
        Some(Other::Changes(changes)) => changes.run(),
        Some(Other::Zones(zones)) => zones.run(),
        None => answers(&arguments.answers),
    }
}

fn answers(arguments: &Answers) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    // What the servers' checkers look at; it need not answer.
    let target = TcpListener::bind((workload::UP, 0))?;
    let check_port = target.local_addr()?.port();
    let mut servers = BTreeMap::from([(Peer::Hearth, hearth::start(check_port, arguments.server_core)?)]);
    for (peer, program) in [(Peer::Nsd, "nsd"), (Peer::Gdnsd, "gdnsd")] {
        if !is_there(program) {
            eprintln!("{program} is not installed: left out");
            continue;
        }
        let folder = folder.path().join(program);
        std::fs::create_dir(&folder)?;
        let server = match peer {
            Peer::Nsd => nsd::start(&folder, arguments.server_core)?,
            _ => gdnsd::start(&folder, check_port, arguments.server_core)?,
        };
        servers.insert(peer, server);
    }
    let mut report = Report::default();
    for workload in Workload::all().filter(|one| arguments.only.is_empty() || arguments.only.contains(one)) {
        measure(arguments, workload, &servers, folder.path(), &mut report)?;
    }
    print!("{report}");
    Ok(())
}

fn is_there(program: &str) -> bool {
    Command::new("which").arg(program).output().is_ok_and(|output| output.status.success())
}

fn measure(
    arguments: &Answers,
    workload: Workload,
    servers: &BTreeMap<Peer, Asked>,
    folder: &std::path::Path,
    report: &mut Report,
) -> Result<(), Failure> {
    let questions = folder.join("questions");
    std::fs::write(&questions, workload.questions())?;
    let asked: Vec<_> = servers.iter().filter(|(peer, _)| peer.serves(workload)).collect();
    for (peer, server) in &asked {
        // Checkers have to have seen what they look at, and zones to have been read.
        let load = load::Load { port: server.port, core: arguments.load_core, seconds: 1 };
        until(|| Ok(load.run(&questions, workload, 0).is_ok()))
            .map_err(|error| format!("{peer}: {error}"))?;
    }
    for round in 0..arguments.rounds {
        eprintln!("{workload}: round {}", round + 1);
        for (peer, server) in &asked {
            let load =
                load::Load { port: server.port, core: arguments.load_core, seconds: arguments.seconds };
            let before = (server.cpu)()?;
            let answered = load.run(&questions, workload, round)?;
            let spent = (server.cpu)()?.saturating_sub(before);
            report.add(workload, round, **peer, report::Round::new(&answered, spent));
        }
    }
    Ok(())
}
