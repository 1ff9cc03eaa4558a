//! What AWS keeps to itself: the region's own facts, the machines it runs on, who may speak for them, and what happened.
//!
//! Nothing here is an AWS action. The operations are internal: the server binds them for an agent's session, for the
//! first start of a region or for `hearth delete node`, and they go through the same writer and log as every AWS
//! action. Regions and nodes belong to the machines and not to an account, so they live under
//! [`SYSTEM_ACCOUNT`](controlplane_services_kernel::context::SYSTEM_ACCOUNT).

pub mod access_key;
pub mod certificate;
pub mod dns_server;
pub mod errors;
pub mod expiry;
pub mod join_token;
pub mod node;
pub mod region;
pub mod server;

#[cfg(test)]
mod tests;

pub use access_key::AccessKey;
pub use certificate::Certificate;
pub use dns_server::DnsServer;
pub use join_token::JoinToken;
pub use node::{Condition, Node};
pub use region::Region;
pub use server::Server;

use controlplane_services_kernel::event::Event;
use controlplane_services_kernel::manifest::Applied;
use controlplane_services_kernel::outcome::Outcome;
use controlplane_services_kernel::{ControllerEntry, KindEntry, Service, access};

/// Regions, nodes, events, and the kinds the kernel itself needs.
pub static SERVICE: Service = Service {
    name: "native",
    operations: &[],
    accesses: access::anything,
    kinds: &[
        KindEntry::visible::<Region>().everywhere(),
        KindEntry::visible::<Node>().deleted_by(node::delete),
        KindEntry::visible::<DnsServer>().deleted_by(dns_server::delete).everywhere(),
        KindEntry::internal::<AccessKey>(),
        KindEntry::visible::<Certificate>().everywhere(),
        KindEntry::visible::<JoinToken>().deleted_by(join_token::delete).everywhere(),
        KindEntry::visible::<Server>().everywhere(),
        KindEntry::internal::<server::Numbering>(),
        KindEntry::visible::<Event>(),
        KindEntry::internal::<Outcome>(),
        KindEntry::internal::<Applied>(),
    ],
    controllers: &[ControllerEntry::of::<expiry::Expiry>()],
};
