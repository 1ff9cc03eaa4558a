//! What the house says of itself, for whoever operates it: numbers ([`metrics`]), lines ([`logs`]) and the way of a request
//! ([`trace`]).
//!
//! Server, agent and DNS server use the same three, so one dashboard, one way to turn a log level and one trace serve
//! all of them. All three are global to a process, as their recorders are: a process has one standard error, one metrics page,
//! one exporter, however many servers and agents a test puts into it.
//!
//! Nothing here ticks. An idle process renders metrics when asked, and exports spans when there are any.

pub mod logs;
pub mod metrics;
pub mod process;
pub mod trace;
