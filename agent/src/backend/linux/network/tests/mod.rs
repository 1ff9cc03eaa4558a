//! The data plane against a real kernel: each test has a host namespace of its own that plays the machine, so nothing
//! outside it is touched and tests do not see each other. They need root and fail without.

mod gateway;
mod health_check;
mod hostile;
mod interfaces;
mod isolation;
mod lab;
mod overlay;
mod resolver;
mod revocation;
mod security_groups;
mod spoofing;
mod upkeep;
pub(super) mod wanted;
