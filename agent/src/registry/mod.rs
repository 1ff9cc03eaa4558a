//! Images in OCI registries: what they are, and their bytes.
//!
//! ```text
//! reference ─▶ [resolve, once, by whoever says `hearth image pull`] ─▶ digests ─▶ log ─▶ agents ─▶ [image, download]
//! ```
//!
//! A tag is looked up once, by the command line; agents only ever ask for digests, so every machine runs the same bytes
//! and a registry cannot give one machine other ones than the next (`controlplane/design/0033`).
//!
//! The HTTP is our own, on hyper. `oci-client` was looked at: it would bring reqwest, a second way to trust certificates
//! and some thirty crates more, and leaves to us what is most of this module: going on where a download broke off, limits,
//! and where a registry's answers may send us (`controlplane/design/0034`).

mod challenge;
mod client;
mod credentials;
mod download;
mod error;
mod image;
mod settings;
mod transport;

#[cfg(test)]
mod tests;

pub use client::{Blob, Registry};
pub use error::RegistryError;
pub use image::{RemoteImage, Resolved};
pub use settings::{Mirror, Place, RegistrySettings};
