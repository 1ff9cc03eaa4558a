//! What is written together.

/// One change of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// Sets `key` to `value`.
    Put {
        /// The key.
        key: Vec<u8>,
        /// Its new value.
        value: Vec<u8>,
    },
    /// Removes one key, if it is there.
    Delete {
        /// The key.
        key: Vec<u8>,
    },
    /// Removes the keys from `from` (inclusive) to `to` (exclusive).
    DeleteRange {
        /// First key to go.
        from: Vec<u8>,
        /// First key to stay.
        to: Vec<u8>,
    },
}

/// Changes that happen together, in order, or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WriteBatch {
    writes: Vec<Write>,
    bytes: usize,
}

impl WriteBatch {
    /// Sets `key` to `value`.
    pub fn put(&mut self, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.push(Write::Put { key: key.into(), value: value.into() });
    }

    /// Removes `key`.
    pub fn delete(&mut self, key: impl Into<Vec<u8>>) {
        self.push(Write::Delete { key: key.into() });
    }

    /// Removes the keys from `from` (inclusive) to `to` (exclusive).
    pub fn delete_range(&mut self, from: impl Into<Vec<u8>>, to: impl Into<Vec<u8>>) {
        self.push(Write::DeleteRange { from: from.into(), to: to.into() });
    }

    fn push(&mut self, write: Write) {
        self.bytes += match &write {
            Write::Put { key, value } => key.len() + value.len(),
            Write::Delete { key } => key.len(),
            Write::DeleteRange { from, to } => from.len() + to.len(),
        };
        self.writes.push(write);
    }

    /// Adds the changes of `later` after these.
    pub fn append(&mut self, later: WriteBatch) {
        self.bytes += later.bytes;
        self.writes.extend(later.writes);
    }

    /// The changes, in order.
    pub fn writes(&self) -> &[Write] {
        &self.writes
    }

    /// The size of all keys and values.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }
}
