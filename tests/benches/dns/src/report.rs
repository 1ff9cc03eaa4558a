//! The table: medians, and ratios within rounds.

use crate::load::Answered;
use crate::workload::{Peer, Workload};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// What one round of one server gave.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Round {
    /// Microseconds for each answer.
    cpu: f64,
    per_second: f64,
    octets: f64,
}

impl Round {
    pub(crate) fn new(answered: &Answered, spent: Duration) -> Self {
        let cpu = spent.as_secs_f64() * 1e6 / answered.queries;
        Self { cpu, per_second: answered.per_second, octets: answered.octets }
    }
}

/// Everything measured so far, by workload, server and round.
#[derive(Default)]
pub(crate) struct Report(BTreeMap<Workload, BTreeMap<Peer, BTreeMap<usize, Round>>>);

impl Report {
    pub(crate) fn add(&mut self, workload: Workload, round: usize, peer: Peer, figures: Round) {
        self.0.entry(workload).or_default().entry(peer).or_default().insert(round, figures);
    }
}

/// What Hearth's CPU time may be of a server's.
fn goal(workload: Workload, peer: Peer) -> Option<f64> {
    match (workload, peer) {
        (Workload::Static | Workload::NxDomain, Peer::Nsd) => Some(1.0),
        (Workload::Weighted | Workload::Geo | Workload::Mixed, Peer::Gdnsd) => Some(1.1),
        (Workload::Failover, Peer::Gdnsd) => Some(1.25),
        _ => None,
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<10} {:<8} {:>14} {:>9} {:>7} {:>15}  goal",
            "workload", "server", "CPU us/answer", "per s", "octets", "hearth's CPU is"
        )?;
        for (workload, servers) in &self.0 {
            let own = servers.get(&Peer::Hearth);
            for peer in Peer::ALL {
                let Some(rounds) = servers.get(&peer) else { continue };
                let of = |figure: fn(&Round) -> f64| median(rounds.values().map(figure));
                let ratios = rounds.iter().filter_map(|(round, other)| {
                    own.and_then(|own| own.get(round)).map(|own| own.cpu / other.cpu)
                });
                write!(
                    f,
                    "{workload:<10} {peer:<8} {:>14.2} {:>9.0} {:>7.0}",
                    of(|round| round.cpu),
                    of(|round| round.per_second),
                    of(|round| round.octets)
                )?;
                match (peer, goal(*workload, peer)) {
                    (Peer::Hearth, _) => writeln!(f)?,
                    (_, None) => writeln!(f, " {:>14.2}x", median(ratios))?,
                    (_, Some(goal)) => writeln!(f, " {:>14.2}x  <= {goal}", median(ratios))?,
                }
            }
        }
        Ok(())
    }
}
