//! Plain types every room of the house shares. Nothing here touches a clock, a socket or a file:
//! [`runtime::Runtime`] is the interface through which the shells do.

pub mod cbor;
pub mod dns;
pub mod id;
pub mod image_reference;
pub mod key;
pub mod object_store;
pub mod reach;
pub mod runtime;
pub mod time;

pub use id::{AccountId, RegionName};
pub use image_reference::ImageReference;
pub use key::{Key, Scope};
pub use runtime::{BoxFuture, Runtime};
pub use time::Timestamp;

/// A position in the replicated log, and so in the history of all records. `0` is before the first write.
pub type Revision = u64;
