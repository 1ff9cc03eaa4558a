//! What a node offers for placing, out of what its machine has.
//!
//! Two words of the operator stand between the two, both borrowed: what is *reserved for the system* (kubelet's
//! `--system-reserved`) is taken off first, what is left is multiplied by the *allocation ratio* (OpenStack Placement's
//! noun): how many times over it may be promised. The machine's own numbers are announced beside the product, because an
//! instance needs as many processors as it has however often each is promised.
//!
//! Nothing of this limits anybody: an instance's own limits come from its type. Rejected: reserving a share of the processors
//! unasked. Processors are divided by time, and the kernel gives the system its turn beside any number of instances;
//! memory that is promised away is gone, so some of that is kept unless the operator says how much.
//!
//! Disk is announced and not placed by, so it is neither reserved nor promised here.

use controlplane_proto::agent::{Allocatable, Capacity};
use std::str::FromStr;

/// What is kept of memory unless the operator says: one part in so many of it,
const MEMORY_PART: u64 = 32;
/// but at least and at most so many MiB.
const MEMORY_KEPT_MIB: (u64, u64) = (128, 1024);
/// More than this many times over is a slip of the finger.
const MOST_TIMES: u64 = 100;
const ONE: u64 = 1000;

/// Why something is no offer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OfferError {
    /// Not of the form `NAME=AMOUNT,...`.
    #[error("{0:?}: it must be vcpus=AMOUNT, memory=AMOUNT or both, joined by a comma")]
    Form(String),
    /// Said twice.
    #[error("{0}: said twice")]
    Twice(&'static str),
    /// Not a number of processors.
    #[error("vcpus={0}: it must be a number with at most three decimals, such as 0.5")]
    Vcpus(String),
    /// Not an amount of memory.
    #[error("memory={0}: it must be a whole number of MiB or GiB, such as 512MiB")]
    Memory(String),
    /// Not a ratio.
    #[error(
        "{name}={text}: it must be a number from 1 to {MOST_TIMES} with at most three decimals, such as 1.5"
    )]
    Ratio {
        /// `vcpus` or `memory`.
        name: &'static str,
        /// As it was given.
        text: String,
    },
    /// The system gets everything.
    #[error("reserved for the system: {name}={reserved} of {has} leaves nothing for instances")]
    Nothing {
        /// `vcpus` or `memory`.
        name: &'static str,
        /// With its unit.
        reserved: String,
        /// With its unit.
        has: String,
    },
}

/// What instances are not given. What is not said has its default: no processor, and of memory a thirty-second part,
/// 128 MiB at least and 1 GiB at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SystemReserved {
    cpu_millis: Option<u64>,
    memory_mib: Option<u64>,
}

/// How many times over the rest may be promised, in thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllocationRatio {
    vcpus: u64,
    memory: u64,
}

impl Default for AllocationRatio {
    fn default() -> Self {
        Self { vcpus: ONE, memory: ONE }
    }
}

/// Both words of the operator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// Taken off first.
    pub reserved: SystemReserved,
    /// Applied to what is left.
    pub ratio: AllocationRatio,
}

impl Offer {
    /// The machine with what it offers.
    pub fn of(&self, machine: Capacity) -> Result<Capacity, OfferError> {
        let cpu_millis = self.vcpus_left(u64::from(machine.vcpus) * ONE)?;
        let memory_mib = self.memory_left(machine.memory_mib)?;
        let times = |amount: u64, ratio: u64| amount.saturating_mul(ratio) / ONE;
        let allocatable = Allocatable {
            cpu_millis: times(cpu_millis, self.ratio.vcpus),
            memory_mib: times(memory_mib, self.ratio.memory),
        };
        Ok(Capacity { allocatable: Some(allocatable), ..machine })
    }

    fn vcpus_left(&self, has: u64) -> Result<u64, OfferError> {
        let reserved = self.reserved.cpu_millis.unwrap_or(0);
        let shown = |millis: u64| (millis as f64 / ONE as f64).to_string();
        has.checked_sub(reserved).filter(|left| *left > 0).ok_or_else(|| OfferError::Nothing {
            name: "vcpus",
            reserved: shown(reserved),
            has: shown(has),
        })
    }

    fn memory_left(&self, has: u64) -> Result<u64, OfferError> {
        let (least, most) = MEMORY_KEPT_MIB;
        let reserved = self.reserved.memory_mib.unwrap_or((has / MEMORY_PART).clamp(least, most));
        let shown = |mib: u64| format!("{mib}MiB");
        has.checked_sub(reserved).filter(|left| *left > 0).ok_or_else(|| OfferError::Nothing {
            name: "memory",
            reserved: shown(reserved),
            has: shown(has),
        })
    }
}

impl FromStr for SystemReserved {
    type Err = OfferError;

    fn from_str(text: &str) -> Result<Self, OfferError> {
        let Amounts { vcpus, memory } = amounts(text)?;
        let cpu = |text: &str| thousandths(text).ok_or_else(|| OfferError::Vcpus(text.to_owned()));
        let mib = |text: &str| mebibytes(text).ok_or_else(|| OfferError::Memory(text.to_owned()));
        Ok(Self { cpu_millis: vcpus.map(cpu).transpose()?, memory_mib: memory.map(mib).transpose()? })
    }
}

impl FromStr for AllocationRatio {
    type Err = OfferError;

    fn from_str(text: &str) -> Result<Self, OfferError> {
        let Amounts { vcpus, memory } = amounts(text)?;
        let ratio = |name, text: Option<&str>| {
            let Some(text) = text else { return Ok(ONE) };
            let ratio = thousandths(text).filter(|ratio| (ONE..=MOST_TIMES * ONE).contains(ratio));
            ratio.ok_or_else(|| OfferError::Ratio { name, text: text.to_owned() })
        };
        Ok(Self { vcpus: ratio("vcpus", vcpus)?, memory: ratio("memory", memory)? })
    }
}

/// What was said of each, not yet understood.
#[derive(Default)]
struct Amounts<'a> {
    vcpus: Option<&'a str>,
    memory: Option<&'a str>,
}

fn amounts(text: &str) -> Result<Amounts<'_>, OfferError> {
    let mut said = Amounts::default();
    for part in text.split(',') {
        let (name, place, amount) = match part.split_once('=') {
            Some(("vcpus", amount)) => ("vcpus", &mut said.vcpus, amount),
            Some(("memory", amount)) => ("memory", &mut said.memory, amount),
            _ => return Err(OfferError::Form(text.to_owned())),
        };
        if place.replace(amount).is_some() {
            return Err(OfferError::Twice(name));
        }
    }
    Ok(said)
}

/// A decimal number as thousandths: floating point would make 0.3 something else.
fn thousandths(text: &str) -> Option<u64> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(decimals) || decimals.len() > 3 || whole.len() > 9 {
        return None;
    }
    Some(whole.parse::<u64>().ok()? * ONE + format!("{decimals:0<3}").parse::<u64>().ok()?)
}

/// `Mi` and `Gi` are what Kubernetes says.
fn mebibytes(text: &str) -> Option<u64> {
    let units = [("MiB", 1), ("GiB", 1024), ("Mi", 1), ("Gi", 1024)];
    let (number, unit) = units.iter().find_map(|(name, mib)| Some((text.strip_suffix(name)?, mib)))?;
    let plain = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    number.parse::<u64>().ok().filter(|_| plain)?.checked_mul(*unit)
}

#[cfg(test)]
mod tests;
