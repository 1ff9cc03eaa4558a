//! Queues that take turns.

use std::collections::{BTreeMap, VecDeque};

/// Something to take from.
pub(super) trait Queue: Default {
    /// What comes out.
    type Item;

    /// The next one.
    fn pop(&mut self) -> Option<Self::Item>;

    /// Nothing is waiting.
    fn is_empty(&self) -> bool;
}

impl<T> Queue for VecDeque<T> {
    type Item = T;

    fn pop(&mut self) -> Option<T> {
        self.pop_front()
    }

    fn is_empty(&self) -> bool {
        VecDeque::is_empty(self)
    }
}

/// A queue for each key, served in turn: one item of each before a second of any.
pub(super) struct Round<K, Q> {
    queues: BTreeMap<K, Q>,
    /// Keys whose queues hold something, each once, in the order of their turns.
    turns: VecDeque<K>,
}

impl<K, Q> Default for Round<K, Q> {
    fn default() -> Self {
        Self { queues: BTreeMap::new(), turns: VecDeque::new() }
    }
}

impl<K: Ord + Clone, Q: Queue> Round<K, Q> {
    /// The queue of `key`, into which something must now be put. One that was empty has its turn after all others.
    pub(super) fn filling(&mut self, key: &K) -> &mut Q {
        if !self.queues.contains_key(key) {
            self.turns.push_back(key.clone());
        }
        self.queues.entry(key.clone()).or_default()
    }

    /// The queue of `key`, if anything is waiting in it.
    pub(super) fn get(&self, key: &K) -> Option<&Q> {
        self.queues.get(key)
    }
}

impl<K: Ord + Clone, Q: Queue> Queue for Round<K, Q> {
    type Item = Q::Item;

    fn pop(&mut self) -> Option<Q::Item> {
        let key = self.turns.pop_front()?;
        let queue = self.queues.get_mut(&key)?;
        let item = queue.pop();
        if queue.is_empty() {
            self.queues.remove(&key);
        } else {
            self.turns.push_back(key);
        }
        item
    }

    fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }
}
