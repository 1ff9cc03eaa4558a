//! Outputs and errors to HTTP responses.

pub(crate) mod beside;
pub(crate) mod cbor;
pub(crate) mod emit;
mod fragment;
pub(crate) mod json;
mod nest;
mod parts;
mod response;
#[cfg(test)]
mod tests;
pub(crate) mod xml;

pub use emit::EncodeError;
pub use fragment::Fragment;
pub use response::{encode, encode_error};
