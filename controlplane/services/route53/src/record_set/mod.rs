//! A resource record set: name, type, values, and the policy that decides when it is the answer.
//!
//! Identity is (name, type, set identifier); the id of the record puts them in Route 53's listing order. Changes come in
//! batches: all of a batch or nothing, every problem told at once.
//!
//! Every routing policy is served, and aliases to sets of the same zone. Aliases to AWS's own services are refused: their targets
//! lie in zones that nothing here answers for.
//!
//! AWS: <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/rrsets-working-with.html>

mod alias;
mod batch;
mod columns;
mod group;
mod manifest;
mod manifest_spec;
pub mod ops;
mod place;
mod policy;
mod types;
mod values;
mod wire;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use batch::apply_sets;
pub use batch::{Action, RequestedChange, apply_batch};
pub(crate) use group::problem_with_group;
pub use policy::{Location, Place, Policy, hundredths};
pub use types::{Alias, Content, RecordSet};
pub(crate) use types::{GENERATED, IN_ZONE, OF_COLLECTION, OF_INSTANCE};
pub(crate) use values::problem_with_values;
pub use wire::{
    AliasTarget, CidrRoutingConfig, Coordinates, GeoLocation, GeoProximityLocation, Refusal, ResourceRecord,
    ResourceRecordSet,
};
pub(crate) use wire::{check_location, check_place};
