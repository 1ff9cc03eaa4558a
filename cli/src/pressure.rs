//! When a machine has too little left: the flags of an agent.

use agent::Thresholds;
use agent::pressure::{Threshold, ThresholdError};
use clap::Args;
use std::time::Duration;

/// What counts as too little, and how long relief has to last.
#[derive(Args, Clone, Debug)]
pub(crate) struct PressureFlags {
    /// When the machine is short of something: it takes no new instances then, images nobody wants are removed, and one
    /// instance after the other has to go
    ///
    /// Signals are memory.available, nodefs.available, nodefs.inodesFree and pid.available; amounts are numbers with Ki, Mi,
    /// Gi or Ti, or percentages. A signal that is not named is not watched.
    #[arg(
        long,
        value_name = "SIGNAL<AMOUNT,...",
        value_parser = thresholds,
        default_value_t = shown(&Thresholds::default())
    )]
    eviction_hard: String,
    /// Seconds for which there has to be enough again before the machine takes instances
    #[arg(long, value_name = "SECONDS", default_value_t = Thresholds::default().transition.as_secs())]
    eviction_pressure_transition_period: u64,
}

impl PressureFlags {
    /// What was said.
    pub(crate) fn thresholds(&self) -> Thresholds {
        let transition = Duration::from_secs(self.eviction_pressure_transition_period);
        let said = Thresholds::default().with_list(&self.eviction_hard);
        // It was read once already, when the flag was.
        Thresholds { transition, ..said.unwrap_or_default() }
    }
}

fn thresholds(text: &str) -> Result<String, ThresholdError> {
    Thresholds::default().with_list(text).map(|_| text.to_owned())
}

fn shown(thresholds: &Thresholds) -> String {
    thresholds.list.iter().map(Threshold::to_string).collect::<Vec<_>>().join(",")
}
