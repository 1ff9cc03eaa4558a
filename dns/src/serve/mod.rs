//! The sockets around [`crate::answer::answer`].

mod batch;
pub(crate) mod rate;
mod round_trip;
pub(crate) mod tally;
pub(crate) mod tcp;
pub(crate) mod udp;
