//! Outputs and errors to HTTP responses.

pub(crate) mod emit;
mod fragment;
mod parts;
mod response;
#[cfg(test)]
mod tests;
pub(crate) mod xml;

pub use emit::EncodeError;
pub use fragment::Fragment;
pub use response::{encode, encode_error};
