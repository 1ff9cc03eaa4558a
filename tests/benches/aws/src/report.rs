//! The table: medians, ratios, goals.

use crate::peer::Peer;
use std::collections::BTreeMap;
use std::fmt;

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Case {
    Start { again: bool },
    Describe { instances: u16, connections: usize },
    Run,
    Mixed,
    Nodes(u32),
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start { again: false } => f.write_str("start"),
            Self::Start { again: true } => f.write_str("start again"),
            Self::Describe { instances, connections } => write!(f, "describe {instances} x{connections}"),
            Self::Run => f.write_str("run x16"),
            Self::Mixed => f.write_str("mixed x16"),
            Self::Nodes(nodes) => write!(f, "describe 100, {nodes} nodes"),
        }
    }
}

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Figure {
    FirstAnswer,
    PerSecond,
    P50,
    P99,
    Cpu,
}

impl Figure {
    fn name(self) -> &'static str {
        match self {
            Self::FirstAnswer => "first answer ms",
            Self::PerSecond => "per second",
            Self::P50 => "p50 ms",
            Self::P99 => "p99 ms",
            Self::Cpu => "server CPU us each",
        }
    }
}

/// Everything measured so far.
#[derive(Default)]
pub(crate) struct Report(BTreeMap<(Case, Figure), BTreeMap<Peer, Vec<f64>>>);

impl Report {
    pub(crate) fn add(&mut self, case: Case, figure: Figure, peer: Peer, value: f64) {
        self.0.entry((case, figure)).or_default().entry(peer).or_default().push(value);
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// What is wanted of the ratios or of Hearth's own figure.
fn goal(case: Case, figure: Figure) -> &'static str {
    match (case, figure) {
        (Case::Start { .. }, Figure::FirstAnswer) => "< 100",
        (Case::Describe { instances: 100, .. }, Figure::PerSecond) => ">= 10 of ministack, >= 500 of moto",
        (Case::Describe { instances: 1000, .. }, Figure::PerSecond) => ">= 5 of ministack",
        (Case::Run, Figure::PerSecond) => ">= 5 of ministack",
        (Case::Mixed, Figure::P99) => "<= 10",
        (Case::Nodes(_), Figure::Cpu) => "the same for all",
        _ => "",
    }
}

fn number(value: f64) -> String {
    match value {
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<24} {:<18} {:>9} {:>9} {:>9} {:>12} {:>8}  goal",
            "case", "figure", "hearth", "ministack", "moto", "of ministack", "of moto"
        )?;
        for ((case, figure), values) in &self.0 {
            let of = |peer| values.get(&peer).map(|values| median(values));
            let [hearth, ministack, moto] = Peer::ALL.map(of);
            let ratio = |other: Option<f64>| Some(hearth? / other.filter(|other| *other > 0.0)?);
            let shown = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), number);
            writeln!(
                f,
                "{:<24} {:<18} {:>9} {:>9} {:>9} {:>12} {:>8}  {}",
                case.to_string(),
                figure.name(),
                shown(hearth),
                shown(ministack),
                shown(moto),
                shown(ratio(ministack)),
                shown(ratio(moto)),
                goal(*case, *figure)
            )?;
        }
        Ok(())
    }
}
