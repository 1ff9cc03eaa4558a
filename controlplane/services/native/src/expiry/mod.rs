//! Forgetting: remembered outcomes whose time is up, events older than an hour, tokens and certificates that have expired.
//!
//! The first two come and go by the thousand, so they are forgotten in batches: a sweep waits until the oldest is a
//! minute overdue and then takes all that is due. Being late is harmless, since whoever recalls an outcome looks at
//! its time. When nothing is due, nothing is written.

mod controller;
mod ops;

#[cfg(test)]
mod tests;

pub use controller::Expiry;
pub use ops::forget_expired::{ForgetExpired, ForgetExpiredInput};
