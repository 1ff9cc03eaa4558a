//! AWS Service Quotas: how many of something an account may have, and how to get more.
//!
//! What is shown is the kernel's table of quotas, which is what actions hold themselves to; nothing is shown that does not hold. A
//! request for more is decided at once, up to what the table says can be borne, and holds from then on.

mod errors;
mod operations;
pub mod quota;
pub mod request;

#[cfg(test)]
mod tests;

use controlplane_services_kernel::quota::GrantedQuota;
use controlplane_services_kernel::{KindEntry, Service, access};

/// The service, for the server's registry.
pub static SERVICE: Service = Service {
    name: "servicequotas",
    operations: operations::OPERATIONS,
    accesses: access::anything,
    kinds: &[KindEntry::internal::<GrantedQuota>(), KindEntry::internal::<request::QuotaRequest>()],
    controllers: &[],
};
