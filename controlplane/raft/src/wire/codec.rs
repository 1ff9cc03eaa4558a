//! Bytes to records and back.

use minicbor::{Decode, Encode};

/// Bytes from a disk or another server that are not what they should be.
#[derive(Debug, thiserror::Error)]
#[error("malformed {what}: {reason}")]
pub(crate) struct Malformed {
    /// What was being read.
    pub(crate) what: &'static str,
    /// The codec's answer.
    pub(crate) reason: String,
}

impl From<Malformed> for std::io::Error {
    fn from(error: Malformed) -> Self {
        Self::new(std::io::ErrorKind::InvalidData, error)
    }
}

/// Writes a record.
pub(crate) fn encode<T: Encode<()>>(record: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    match minicbor::encode(record, &mut bytes) {
        Ok(()) => bytes,
        // A Vec takes every write and no record's encoding fails by itself.
        Err(error) => unreachable!("encoding into memory failed: {error}"),
    }
}

/// Reads a whole record: bytes left over are an error.
pub(crate) fn decode<'a, T: Decode<'a, ()>>(what: &'static str, bytes: &'a [u8]) -> Result<T, Malformed> {
    let mut decoder = minicbor::Decoder::new(bytes);
    let record = decoder.decode().map_err(|error| Malformed { what, reason: error.to_string() })?;
    match decoder.position() == bytes.len() {
        true => Ok(record),
        false => {
            Err(Malformed { what, reason: format!("{} bytes left over", bytes.len() - decoder.position()) })
        }
    }
}
