//! AWS CloudTrail: who asked for what, when, from where, and what came of it.
//!
//! Every call at the AWS door that changes something is an [`event`], and so is every call that was refused because of who
//! asked. The gateway writes them, in the batch of what they tell about; this crate says what one is, how long it is kept
//! and how `LookupEvents` finds it. A [`trail`] copies events into a bucket of the S3-compatible store that the servers are told of.

mod accesses;
mod errors;
pub mod event;
mod operations;
pub mod trail;

use controlplane_services_kernel::{ControllerEntry, KindEntry, Service};

/// The service, for the server's registry.
pub static SERVICE: Service = Service {
    name: "cloudtrail",
    operations: operations::OPERATIONS,
    accesses: accesses::of,
    kinds: &[
        KindEntry::visible::<event::TrailEvent>(),
        KindEntry::visible::<trail::Trail>(),
        KindEntry::internal::<trail::Delivery>(),
        KindEntry::internal::<trail::TrailStore>(),
    ],
    controllers: &[ControllerEntry::of::<event::controller::Retention>()],
};
