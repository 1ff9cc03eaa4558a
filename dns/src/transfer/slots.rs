//! How many transfers run at once: each holds a version of a zone and a connection's turn for as long as its peer takes to read.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// In all.
const MAX: usize = 16;
/// To one peer, so that a slow one does not keep the others waiting.
const MAX_PER_PEER: usize = 4;

/// The transfers that run, by peer.
#[derive(Default)]
pub(super) struct Slots(Mutex<BTreeMap<IpAddr, usize>>);

/// The right to run one, given back when dropped.
pub(super) struct Slot {
    slots: Arc<Slots>,
    peer: IpAddr,
}

impl Slots {
    /// `None` if there are too many.
    pub(super) fn take(self: &Arc<Self>, peer: IpAddr) -> Option<Slot> {
        let mut running = self.running();
        let all: usize = running.values().sum();
        let own = running.entry(peer).or_default();
        if all >= MAX || *own >= MAX_PER_PEER {
            running.retain(|_, count| *count > 0);
            return None;
        }
        *own += 1;
        Some(Slot { slots: self.clone(), peer })
    }

    fn running(&self) -> MutexGuard<'_, BTreeMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut running = self.slots.running();
        if let Some(count) = running.get_mut(&self.peer) {
            *count -= 1;
        }
        running.retain(|_, count| *count > 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_and_all_peers_together_have_a_limit_and_give_back() {
        let slots = Arc::<Slots>::default();
        let peer = |last: u8| IpAddr::from([192, 0, 2, last]);
        let mut held: Vec<Slot> = (0..4).map(|_| slots.take(peer(0)).unwrap()).collect();
        assert!(slots.take(peer(0)).is_none(), "the fifth of one peer");
        held.extend((0..12).map(|number| slots.take(peer(1 + number / 3)).unwrap()));
        assert!(slots.take(peer(9)).is_none(), "the seventeenth");
        held.remove(0);
        held.push(slots.take(peer(9)).unwrap());
        assert!(slots.take(peer(0)).is_none());
        held.clear();
        assert!(slots.running().is_empty());
    }
}
