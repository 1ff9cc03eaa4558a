//! The sockets around [`crate::answer::answer`].

pub(crate) mod rate;
mod sendmmsg;
pub(crate) mod tally;
pub(crate) mod tcp;
pub(crate) mod udp;
