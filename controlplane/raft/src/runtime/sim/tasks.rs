//! The tasks of a simulated world and which of them can run.
//!
//! Numbers are made of a slot and of how often the slot was used, so finding a task is one look and a waker of a task
//! that ended finds nobody. Both are handed out in an order that only the run itself decides.

use super::SimRuntime;
use controlplane_types::BoxFuture;
use std::sync::Arc;
use std::task::Waker;

/// The future given to [`Sim::block_on`](super::Sim::block_on) runs under this number.
pub(super) const DRIVER: u64 = 0;

/// A spawned future and where it runs.
pub(super) struct Task {
    /// Absent while the task is being polled.
    future: Option<BoxFuture<()>>,
    waker: Waker,
    runtime: Arc<SimRuntime>,
}

impl Task {
    pub(super) fn new(future: BoxFuture<()>, waker: Waker, runtime: Arc<SimRuntime>) -> Self {
        Self { future: Some(future), waker, runtime }
    }
}

#[derive(Default)]
struct Slot {
    /// How many tasks had this slot; part of the number of the one that has it.
    used: u64,
    task: Option<Task>,
}

/// What is left of a task that is taken out: to be dropped where no lock is held.
pub(super) type Removed = (Option<Task>, Option<BoxFuture<()>>);

/// All tasks.
#[derive(Default)]
pub(super) struct Tasks {
    slots: Vec<Slot>,
    free: Vec<usize>,
}

fn place(id: u64) -> (usize, u64) {
    ((id & 0xffff_ffff) as usize, id >> 32)
}

impl Tasks {
    /// Adds the task `make` makes under the number it is given.
    pub(super) fn insert(&mut self, make: impl FnOnce(u64) -> Task) -> u64 {
        let index = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::default());
            self.slots.len() - 1
        });
        let slot = &mut self.slots[index];
        slot.used += 1;
        let id = slot.used << 32 | index as u64;
        slot.task = Some(make(id));
        id
    }

    fn get(&self, id: u64) -> Option<&Task> {
        let (index, used) = place(id);
        self.slots.get(index).filter(|slot| slot.used == used)?.task.as_ref()
    }

    pub(super) fn machine_of(&self, id: u64) -> Option<u64> {
        self.get(id).map(|task| task.runtime.machine)
    }

    /// Takes the future of a task to poll it.
    pub(super) fn begin(&mut self, id: u64) -> Option<(BoxFuture<()>, Waker, Arc<SimRuntime>)> {
        let (index, used) = place(id);
        let task = self.slots.get_mut(index).filter(|slot| slot.used == used)?.task.as_mut()?;
        Some((task.future.take()?, task.waker.clone(), task.runtime.clone()))
    }

    /// Puts a polled future back, unless it ended, aborted itself, or its machine was killed while it ran.
    pub(super) fn end(&mut self, id: u64, future: BoxFuture<()>, ended: bool) -> Removed {
        let (index, used) = place(id);
        let slot = self.slots.get_mut(index).filter(|slot| slot.used == used);
        match slot.and_then(|slot| slot.task.as_mut()) {
            Some(task) if !ended => {
                task.future = Some(future);
                (None, None)
            }
            _ => (self.remove(id), Some(future)),
        }
    }

    pub(super) fn remove(&mut self, id: u64) -> Option<Task> {
        let (index, used) = place(id);
        let slot = self.slots.get_mut(index).filter(|slot| slot.used == used)?;
        let removed = slot.task.take()?;
        self.free.push(index);
        Some(removed)
    }

    pub(super) fn remove_all(&mut self) -> Vec<Task> {
        let ids = self.slots.iter().enumerate().map(|(index, slot)| slot.used << 32 | index as u64);
        let ids: Vec<u64> = ids.collect();
        ids.into_iter().filter_map(|id| self.remove(id)).collect()
    }

    pub(super) fn remove_all_of(&mut self, machine: u64) -> Vec<Task> {
        let of_it = |slot: &Slot| slot.task.as_ref().is_some_and(|task| task.runtime.machine == machine);
        let ids = self.slots.iter().enumerate().filter(|(_, slot)| of_it(slot));
        let ids: Vec<u64> = ids.map(|(index, slot)| slot.used << 32 | index as u64).collect();
        ids.into_iter().filter_map(|id| self.remove(id)).collect()
    }
}

/// Tasks that can run, ordered by number: neither the order in which wakers fire nor anything else outside the run
/// itself shows in it. There are few at any moment, so a sorted list beats a tree.
#[derive(Default)]
pub(super) struct Ready(Vec<u64>);

impl Ready {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn insert(&mut self, task: u64) {
        if let Err(index) = self.0.binary_search(&task) {
            self.0.insert(index, task);
        }
    }

    pub(super) fn take(&mut self, index: usize) -> Option<u64> {
        (index < self.0.len()).then(|| self.0.remove(index))
    }

    /// Takes those out for which `of_it` is true.
    pub(super) fn split(&mut self, of_it: impl Fn(u64) -> bool) -> Self {
        let (taken, kept) = std::mem::take(&mut self.0).into_iter().partition(|task| of_it(*task));
        self.0 = kept;
        Self(taken)
    }

    pub(super) fn join(&mut self, others: Self) {
        others.0.into_iter().for_each(|task| self.insert(task));
    }
}
