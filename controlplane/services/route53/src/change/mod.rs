//! A change: what a write to a zone answers, and how a client learns that every DNS server has it.
//!
//! `PENDING` at once; `INSYNC` when every DNS server has acknowledged a generation that holds the change. The server, which hears
//! the acknowledgements, runs [`ops::confirm_changes::ConfirmChanges`].
//!
//! AWS: <https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetChange.html>

pub mod controller;
pub mod ops;
mod types;

#[cfg(test)]
mod tests;

pub use types::{Change, ChangeInfo, PENDING, submit};
