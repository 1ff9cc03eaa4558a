//! The record of servers: where the control plane was last said to be.

use super::{LedgerError, LedgerStore};

/// The record's name.
pub const NAME: &str = "servers";

/// The bytes of the record.
pub fn encode(addresses: &[String]) -> Vec<u8> {
    // Encoding into a `Vec` cannot fail, and no type here encodes by hand.
    minicbor::to_vec(addresses).unwrap_or_default()
}

/// The addresses (`host:port`) of the servers; none on a new machine.
pub fn load(store: &dyn LedgerStore) -> Result<Vec<String>, LedgerError> {
    let Some(record) = store.load(NAME)? else {
        return Ok(Vec::new());
    };
    minicbor::decode(&record)
        .map_err(|error| LedgerError::Unreadable { name: NAME, reason: error.to_string() })
}
