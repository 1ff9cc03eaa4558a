//! Who probes for health checks: the DNS servers themselves.

pub mod ops;
