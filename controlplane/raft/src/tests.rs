//! Whole clusters: in the simulator, and once on real disks and sockets.

mod behaviour;
mod cluster;
mod crash_points;
mod damage;
mod durability;
mod failover;
mod membership;
mod real;
mod recovery;
mod simulation;
