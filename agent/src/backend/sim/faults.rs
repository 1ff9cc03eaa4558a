//! What goes wrong on a simulated machine.

use crate::backend::BackendError;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Set through [`super::SimMachine::faults`]; each stays until taken back, or counts down.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// Starts of an instance (`"*"`: of any) that fail: how many more, and with what.
    pub starts: BTreeMap<String, (u32, BackendError)>,
    /// Added to every start.
    pub slow_start: Duration,
    /// Stops that fail, by instance: how many more, and with what.
    pub stops: BTreeMap<String, (u32, BackendError)>,
    /// Digests that cannot be unpacked.
    pub missing_images: BTreeSet<String>,
    /// Network objects that cannot be made, by id.
    pub network: BTreeMap<String, BackendError>,
    /// What every look at the machine fails with.
    pub blind: Option<BackendError>,
}

impl Faults {
    pub(super) fn start(&mut self, id: &str) -> Result<(), BackendError> {
        count_down(&mut self.starts, id).and_then(|()| count_down(&mut self.starts, "*"))
    }

    pub(super) fn stop(&mut self, id: &str) -> Result<(), BackendError> {
        count_down(&mut self.stops, id)
    }
}

fn count_down(faults: &mut BTreeMap<String, (u32, BackendError)>, id: &str) -> Result<(), BackendError> {
    match faults.get_mut(id) {
        Some((left, error)) if *left > 0 => {
            *left -= 1;
            Err(error.clone())
        }
        _ => Ok(()),
    }
}
