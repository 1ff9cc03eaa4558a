//! The region in the simulator: tests/README.md says how these are organised and replayed.
//!
//! Budgets are counts of log entries and steps, never seconds. A failure prints its seed and how to run it again.

mod chaos;
mod idle;
mod region;
mod rules;
mod scenarios;
