//! The simulator: one thread, virtual time, everything decided by one seed.
//!
//! Runnable tasks are kept in an *ordered* set and the seed picks among them, so neither the order in which
//! wakers fire nor an address nor a hash can influence a run: the same seed gives the same schedule, the same
//! random numbers and the same [`Sim::trace`]. Time moves only when nothing can run, straight to the next timer.
//!
//! What readers get wrong: a task that blocks (a lock held by another task, a real sleep) blocks the whole
//! simulation, and a task that loops without waiting never lets time pass.

mod executor;
mod random;
mod tasks;

pub use executor::{Sim, SimRuntime, Stalled};
pub use random::Random;
