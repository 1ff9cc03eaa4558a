//! AWS CloudTrail: who asked for what, when, from where, and what came of it.
//!
//! Every call at the AWS door that changes something is an [`event`], and so is every call that was refused because of who
//! asked. The gateway writes them, in the batch of what they tell about; this crate says what one is, how long it is kept
//! and how `LookupEvents` finds it. There are no trails: one would have to copy the events into a bucket, and there are no
//! buckets, so the actions on trails are refused as not served.

mod errors;
pub mod event;
mod operations;

use controlplane_services_kernel::{ControllerEntry, KindEntry, Service, access};

/// The service, for the server's registry.
pub static SERVICE: Service = Service {
    name: "cloudtrail",
    operations: operations::OPERATIONS,
    accesses: access::anything,
    kinds: &[KindEntry::visible::<event::TrailEvent>()],
    controllers: &[ControllerEntry::of::<event::controller::Retention>()],
};
