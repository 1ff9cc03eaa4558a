//! Copies of all records in one file, and the way back.
//!
//! ```text
//!  save      any server: read index --> image of state/ at one applied index --> frames --> the command line's disk
//!  restore   offline: file, checked whole --> DIR.restoring, an ordinary data folder of one member --> renamed to DIR
//! ```
//!
//! The copy is of the store's bytes and not of the view: kinds this version does not know, and records it cannot read, are
//! in it too. It holds no certificates (they prove who is who in a running cluster and are the operator's to keep) and
//! no image archives (files of their own, by digest).
//!
//! A restore fills its folder by proposing the records to a cluster of one, as a writer would. Building the two stores
//! directly was rejected: a log that begins behind records it does not hold, a vote, a membership and an identity have to
//! agree with each other, and only the log itself knows how.

mod file;
mod format;
mod lineage;
mod restore;
mod save;

#[cfg(test)]
mod tests;

pub use file::{FileError, Incoming, Reader, verify};
pub use format::{FormatError, Frame, Header, RecordBytes};
pub use lineage::Lineage;
pub use restore::{Restore, RestoreError, Restored, Unfinished, refuse_unfinished, restore};
pub use save::{SaveError, Saving};
