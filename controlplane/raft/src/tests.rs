//! Whole clusters: in the simulator, and once on real disks and sockets.

mod behaviour;
mod cluster;
mod durability;
mod real;
mod simulation;
