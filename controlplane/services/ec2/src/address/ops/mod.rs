//! The actions on elastic addresses.

pub(crate) mod allocate_address;
pub(crate) mod associate_address;
pub(crate) mod describe_addresses;
pub(crate) mod disassociate_address;
pub(crate) mod release_address;

/// The pool and the domain of every address here, in AWS's words.
const POOL: &str = "amazon";
const DOMAIN: &str = "vpc";
