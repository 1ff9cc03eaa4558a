//! The format of both stores, as a number in each of them.
//!
//! It is raised when an older program could no longer read what a newer one writes, not for a field that older ones
//! skip. A store of an older format is taken over; one of a newer format is refused, because guessing would lose data.

use crate::store::{Durability, Store, StoreError, WriteBatch};
use crate::wire;
use std::ops::ControlFlow;

/// Where the number lies, in both stores.
pub(crate) const KEY: &[u8] = b"meta/format";

/// What this program writes, and the newest it reads.
const CURRENT: u32 = 1;

/// Refuses a newer format.
pub(crate) fn check(what: &str, value: &[u8]) -> Result<(), StoreError> {
    let found: u32 = wire::decode("format", value)
        .map_err(|error| StoreError::Damaged(format!("{what} is damaged: meta/format: {error}")))?;
    match found <= CURRENT {
        true => Ok(()),
        false => Err(StoreError::Newer { what: what.to_owned(), found, known: CURRENT }),
    }
}

/// Checks the store named `what`, changing nothing; `false` when it has no number.
pub(crate) fn check_store(what: &str, store: &dyn Store) -> Result<bool, StoreError> {
    match store.get(KEY)? {
        Some(value) => check(what, &value).map(|()| true),
        None => Ok(false),
    }
}

/// Checks the store named `what`, and writes the number into one that has none.
pub(crate) fn adopt(what: &str, store: &dyn Store) -> Result<(), StoreError> {
    if check_store(what, store)? {
        return Ok(());
    }
    let mut batch = WriteBatch::default();
    batch.put(KEY, wire::encode(&CURRENT));
    // A store without content needs no sync of its own: the first write that matters brings it along.
    let durability = if is_empty(store)? { Durability::Buffered } else { Durability::Synced };
    store.write(batch, durability)
}

fn is_empty(store: &dyn Store) -> Result<bool, StoreError> {
    let mut empty = true;
    let mut visit = |_: &[u8], _: &[u8]| {
        empty = false;
        ControlFlow::Break(())
    };
    store.scan(b"", b"\xff", &mut visit)?;
    Ok(empty)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::FaultyDisk;

    #[test]
    fn a_newer_format_is_refused_and_named() {
        let disk = FaultyDisk::new(1);
        adopt("log/", disk.open().as_ref()).unwrap();
        adopt("log/", disk.open().as_ref()).unwrap();
        let mut newer = WriteBatch::default();
        newer.put(KEY, wire::encode(&(CURRENT + 1)));
        disk.open().write(newer, Durability::Synced).unwrap();
        let error = adopt("log/", disk.open().as_ref()).unwrap_err().to_string();
        assert!(error.contains("log/") && error.contains("format 2"), "{error}");
        assert!(disk.corrupt(KEY, |value| value.clear()));
        let error = adopt("log/", disk.open().as_ref()).unwrap_err();
        assert!(matches!(error, StoreError::Damaged(_)), "{error}");
    }
}
