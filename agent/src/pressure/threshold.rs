//! When there is too little of something. Written as the kubelet writes it: `memory.available<100Mi,nodefs.available<5%`.

use crate::backend::{Margin, Margins};
use controlplane_proto::agent::pressure::Scarce;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Suffixes of amounts and what they multiply by.
const UNITS: [(&str, u64); 8] = [
    ("Ki", 1 << 10),
    ("Mi", 1 << 20),
    ("Gi", 1 << 30),
    ("Ti", 1 << 40),
    ("k", 1_000),
    ("M", 1_000_000),
    ("G", 1_000_000_000),
    ("T", 1_000_000_000_000),
];

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Signal {
    Memory,
    Disk,
    Inodes,
    Pids,
}

/// How much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// Bytes, inodes or process ids.
    Absolute(u64),
    /// Hundredths of all there is.
    Percent(u8),
}

/// A signal and the least of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threshold {
    pub(super) signal: Signal,
    pub(super) least: Amount,
}

/// Every threshold of a machine, and how long relief has to last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// At most one for each signal.
    pub list: Vec<Threshold>,
    /// So long a condition goes on after there is enough again.
    pub transition: Duration,
}

/// Why a text is no list of thresholds, for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ThresholdError(String);

impl Signal {
    pub(super) const ALL: [Self; 4] = [Self::Memory, Self::Disk, Self::Inodes, Self::Pids];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory.available",
            Self::Disk => "nodefs.available",
            Self::Inodes => "nodefs.inodesFree",
            Self::Pids => "pid.available",
        }
    }

    pub(super) fn scarce(self) -> Scarce {
        match self {
            Self::Memory => Scarce::Memory,
            Self::Disk | Self::Inodes => Scarce::Disk,
            Self::Pids => Scarce::Pids,
        }
    }

    pub(super) fn of(self, margins: &Margins) -> Margin {
        match self {
            Self::Memory => margins.memory,
            Self::Disk => margins.disk,
            Self::Inodes => margins.inodes,
            Self::Pids => margins.pids,
        }
    }

    /// An amount of it, for people.
    pub(super) fn shown(self, amount: u64) -> String {
        match self {
            Self::Memory | Self::Disk => format!("{}Mi", amount >> 20),
            Self::Inodes | Self::Pids => amount.to_string(),
        }
    }
}

impl Amount {
    /// Of `total`.
    pub(super) fn of(self, total: u64) -> u64 {
        match self {
            Self::Absolute(amount) => amount,
            Self::Percent(percent) => total / 100 * u64::from(percent),
        }
    }
}

/// Little enough that a full lab machine is not under pressure, enough that the agent, and whoever looks after the machine,
/// can still work.
impl Default for Thresholds {
    fn default() -> Self {
        let least = |signal, least| Threshold { signal, least };
        Self {
            list: vec![
                least(Signal::Memory, Amount::Absolute(100 << 20)),
                least(Signal::Disk, Amount::Absolute(1 << 30)),
                least(Signal::Inodes, Amount::Percent(2)),
                least(Signal::Pids, Amount::Percent(2)),
            ],
            transition: Duration::from_secs(60),
        }
    }
}

impl Thresholds {
    /// These thresholds instead; of a signal that is not named there may be as little as there is.
    pub fn with_list(self, text: &str) -> Result<Self, ThresholdError> {
        let mut list: Vec<Threshold> = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let threshold: Threshold = part.parse()?;
            if list.iter().any(|other| other.signal == threshold.signal) {
                return Err(ThresholdError(format!("{} is given twice", threshold.signal.name())));
            }
            list.push(threshold);
        }
        Ok(Self { list, ..self })
    }
}

impl FromStr for Threshold {
    type Err = ThresholdError;

    fn from_str(text: &str) -> Result<Self, ThresholdError> {
        let parts =
            text.split_once('<').ok_or_else(|| ThresholdError(format!("{text:?} is not SIGNAL<AMOUNT")))?;
        let (name, amount) = (parts.0.trim(), parts.1.trim());
        let signal = Signal::ALL.into_iter().find(|signal| signal.name() == name).ok_or_else(|| {
            let known = Signal::ALL.map(Signal::name).join(", ");
            ThresholdError(format!("unknown signal {name:?}; there are {known}"))
        })?;
        Ok(Self { signal, least: amount.parse()? })
    }
}

impl FromStr for Amount {
    type Err = ThresholdError;

    fn from_str(text: &str) -> Result<Self, ThresholdError> {
        let invalid =
            || ThresholdError(format!("invalid amount {text:?}: a number with Ki, Mi, Gi, Ti or 0% to 100%"));
        if let Some(percent) = text.strip_suffix('%') {
            let percent = percent.parse().ok().filter(|percent| *percent <= 100);
            return percent.map(Self::Percent).ok_or_else(invalid);
        }
        let unit = UNITS.into_iter().find_map(|(suffix, unit)| Some((text.strip_suffix(suffix)?, unit)));
        let (number, unit) = unit.unwrap_or((text, 1));
        let amount = number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
        amount.map(Self::Absolute).ok_or_else(invalid)
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.least {
            Amount::Absolute(amount) => write!(f, "{}<{}", self.signal.name(), self.signal.shown(amount)),
            Amount::Percent(percent) => write!(f, "{}<{percent}%", self.signal.name()),
        }
    }
}
