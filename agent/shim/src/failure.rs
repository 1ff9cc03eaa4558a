//! What went wrong, as the one line the program prints, and the code it ends with.
//!
//! Codes as container tools use them, so that scripts can tell our failures from the program's own: 125 the shim
//! failed, 126 the command cannot be executed, 127 there is no such command.

use std::fmt::Display;
use std::io;

/// The shim or its surroundings failed.
pub(crate) const SHIM_FAILED: u8 = 125;
/// The command exists but cannot be executed.
pub(crate) const NOT_EXECUTABLE: u8 = 126;
/// There is no such command.
pub(crate) const NO_SUCH_COMMAND: u8 = 127;

/// A failure with its exit code.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// What the program ends with.
    pub(crate) code: u8,
    /// One line for people.
    pub(crate) text: String,
}

impl Failure {
    /// A failure of the shim itself.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { code: SHIM_FAILED, text: text.into() }
    }

    /// For a message: the code, then the text.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![self.code];
        bytes.extend_from_slice(self.text.as_bytes());
        bytes
    }

    /// The reverse of [`Failure::to_bytes`].
    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        let (code, text) = bytes.split_first().map_or((SHIM_FAILED, &[][..]), |(code, text)| (*code, text));
        Self { code, text: String::from_utf8_lossy(text).into_owned() }
    }
}

/// Adds to an error what was being done.
pub(crate) trait Doing<T> {
    /// `what` reads as "cannot {what}: ...".
    fn doing(self, what: impl Display) -> Result<T, Failure>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, what: impl Display) -> Result<T, Failure> {
        self.map_err(|error| Failure::new(format!("cannot {what}: {error}")))
    }
}
