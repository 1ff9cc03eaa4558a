//! AWS Security Token Service: who am I?
//!
//! It owns no records. The gateway has already established who asks ([`Caller`]), and the one action served here
//! tells it back; SDKs and tools call it first to see whether their credentials work.
//!
//! [`Caller`]: controlplane_services_kernel::Caller

mod caller_identity;
mod operations;

use controlplane_services_kernel::Service;

/// The service, for the server's registry.
pub static SERVICE: Service =
    Service { name: "sts", operations: operations::OPERATIONS, kinds: &[], controllers: &[] };
