//! Bounded room for what strangers have under way: so much in all, so much each.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The room.
#[derive(Debug)]
pub(crate) struct Places<K> {
    in_all: usize,
    of_one: usize,
    taken: Mutex<BTreeMap<K, usize>>,
}

impl<K: Clone + Ord> Places<K> {
    pub(crate) fn new(in_all: usize, of_one: usize) -> Arc<Self> {
        Arc::new(Self { in_all, of_one, taken: Mutex::default() })
    }

    /// A place for one more thing of `owner`, if there is any.
    pub(crate) fn take(self: &Arc<Self>, owner: K) -> Option<Place<K>> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.get(&owner).copied().unwrap_or(0);
        if own >= self.of_one || taken.values().sum::<usize>() >= self.in_all {
            return None;
        }
        taken.insert(owner.clone(), own + 1);
        Some(Place { places: self.clone(), owner })
    }
}

/// Counts while it lives.
#[derive(Debug)]
pub(crate) struct Place<K: Clone + Ord> {
    places: Arc<Places<K>>,
    owner: K,
}

impl<K: Clone + Ord> Drop for Place<K> {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = taken.get_mut(&self.owner) {
            *own -= 1;
        }
        taken.retain(|_, own| *own > 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_come_back() {
        let places = Places::new(3, 2);
        let one: Vec<_> = (0..3).filter_map(|_| places.take("one")).collect();
        assert_eq!(one.len(), 2, "so much each");
        let other = places.take("other");
        assert!(other.is_some() && places.take("third").is_none(), "so much in all");
        drop(one);
        assert!(places.take("third").is_some());
    }
}
