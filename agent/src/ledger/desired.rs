//! The record of the desired set: a full `Desired` message, the same bytes a server would send.

use super::{LedgerError, LedgerStore};
use crate::desired::Held;
use controlplane_proto::agent::Desired;
use prost::Message;

/// The record's name.
pub const NAME: &str = "desired";

/// The bytes of the record.
pub fn encode(held: &Held) -> Vec<u8> {
    let generation = held.generation.clone().unwrap_or_default();
    held.set.to_full(generation).encode_to_vec()
}

/// What the last agent held; nothing on a new machine.
pub fn load(store: &dyn LedgerStore) -> Result<Held, LedgerError> {
    let Some(record) = store.load(NAME)? else {
        return Ok(Held::default());
    };
    let unreadable = |reason: String| LedgerError::Unreadable { name: NAME, reason };
    let message = Desired::decode(record.as_slice()).map_err(|error| unreadable(error.to_string()))?;
    Held::default().accept(&message).map_err(|refusal| unreadable(refusal.to_string()))
}
