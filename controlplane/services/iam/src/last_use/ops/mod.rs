//! What servers do with uses.

pub mod record_uses;
