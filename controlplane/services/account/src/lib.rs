//! AWS Account Management: what an account is called, whom to write to about it, and the regions it may use.
//!
//! Everything is of the whole account and the same in every region. There is no organization here, so an account only speaks of
//! itself: `AccountId`, by which a management account names one of its members, is refused by name. Regions are those the
//! cluster serves; all of them are there for everybody, so there is nothing to opt in to or out of, and the two actions that
//! would do so are not served.

mod accesses;
pub mod alternate_contact;
pub mod contact;
mod errors;
pub mod information;
mod operations;
pub mod region;

#[cfg(test)]
mod tests;

use controlplane_services_kernel::{KindEntry, Service};

/// The service, for the server's registry.
pub static SERVICE: Service = Service {
    name: "account",
    operations: operations::OPERATIONS,
    accesses: accesses::of,
    kinds: &[
        KindEntry::internal::<information::AccountInformation>(),
        KindEntry::internal::<contact::ContactInformation>(),
        KindEntry::internal::<alternate_contact::AlternateContact>(),
    ],
    controllers: &[],
};
