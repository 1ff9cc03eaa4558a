//! Whole clusters: in the simulator, and once on real disks and sockets.

mod behaviour;
mod cluster;
mod crash_points;
mod durability;
mod real;
mod simulation;
