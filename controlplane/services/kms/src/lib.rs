//! AWS Key Management Service, as far as zones are signed with it: asymmetric keys that sign and verify (`ECC_NIST_P256`,
//! `SIGN_VERIFY`). Keys that encrypt are not served, and are refused by name.
//!
//! A private key never leaves the records; whoever may [`key::ops::sign`] may have something signed. Signatures follow from
//! key and message alone (RFC 6979), so signing reads and does not write, and a run can be replayed.

mod accesses;
pub mod errors;
pub mod key;
mod operations;
pub mod p256_key;

#[cfg(test)]
mod tests;

pub use key::KmsKey;
pub use p256_key::P256Key;

use controlplane_services_kernel::{ControllerEntry, KindEntry, Service};

/// The service, for the server's registry.
pub static SERVICE: Service = Service {
    name: "kms",
    operations: operations::OPERATIONS,
    accesses: accesses::of,
    kinds: &[KindEntry::internal::<KmsKey>()],
    controllers: &[ControllerEntry::of::<key::controller::Delete>()],
};
