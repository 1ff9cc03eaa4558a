//! The record of runs: which instance was started for which run, and how that run ended. Only what a reboot would
//! otherwise make the agent forget.

use super::{LedgerError, LedgerStore};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;

/// The record's name.
pub const NAME: &str = "runs";

/// Memory of every instance on the node, by id.
pub type Runs = BTreeMap<String, RunMemory>;

/// What is known of the newest run of an instance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct RunMemory {
    /// Which run.
    #[n(0)]
    pub run: u64,
    /// The boot during which it was last seen running.
    #[n(1)]
    pub boot_id: String,
    /// How often a boot of the machine made the agent start it again.
    #[n(2)]
    pub restarts: u32,
    /// How it ended by itself; final for this run.
    #[n(3)]
    pub exit: Option<Exit>,
}

/// The end of a first process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Exit {
    /// Exit code, or 128 + signal.
    #[n(0)]
    pub code: i32,
    /// Signal that ended it, 0 for none.
    #[n(1)]
    pub signal: i32,
}

/// The bytes of the record.
pub fn encode(runs: &Runs) -> Vec<u8> {
    // Encoding into a `Vec` cannot fail, and no type here encodes by hand.
    minicbor::to_vec(runs).unwrap_or_default()
}

/// What the last agent remembered; nothing on a new machine.
pub fn load(store: &dyn LedgerStore) -> Result<Runs, LedgerError> {
    let Some(record) = store.load(NAME)? else {
        return Ok(Runs::new());
    };
    minicbor::decode(&record)
        .map_err(|error| LedgerError::Unreadable { name: NAME, reason: error.to_string() })
}
