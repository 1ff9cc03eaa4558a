//! AWS Resource Groups Tagging API: tags of whatever has an ARN, over all services.
//!
//! It keeps nothing. Each service tells in a table of its own ([`Tagged`]) where its tags are and how they are changed, so a tag
//! that is set here is the tag that `CreateTags` would have set, checked by the same rules. The crate is called as the
//! service's actions begin in policies.
//!
//! [`Tagged`]: controlplane_services_kernel::tagged::Tagged

mod errors;
mod operations;
pub mod resource;

use controlplane_services_kernel::{Service, access};

/// The service, for the server's registry.
pub static SERVICE: Service = Service {
    name: "tag",
    operations: operations::OPERATIONS,
    accesses: access::anything,
    kinds: &[],
    controllers: &[],
};
