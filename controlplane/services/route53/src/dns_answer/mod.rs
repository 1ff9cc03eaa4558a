//! What queries get: asked of a DNS server that answers them, not worked out here.
//!
//! AWS: <https://docs.aws.amazon.com/Route53/latest/APIReference/API_TestDNSAnswer.html>

pub mod ops;
mod sender;

pub use sender::Sender;

#[cfg(test)]
mod tests;
