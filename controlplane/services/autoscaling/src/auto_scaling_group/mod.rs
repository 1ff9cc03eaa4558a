//! An Auto Scaling group.
//!
//! The record is what is wanted. Members are not listed in it: they are the instances that carry the group's name, so nothing can
//! disagree with them. [`decide`] says what has to happen to which instance, purely from the records; the controller
//! asks it whether there is anything to do, and the operation asks it again on the writer, so what is done rests on the
//! newest records.
//!
//! What readers get wrong:
//! - Launching can fail for long (no image, subnet full). A failure is written once, with the time of the next attempt,
//!   and the waits grow; everything else goes on.
//! - Zone balance decides where instances start and which end first. Instances are not moved for balance alone.
//! - A member on a node that is being drained, or that has a `NoExecute` taint it does not tolerate, is healthy and serves on;
//!   it ends when its successor elsewhere serves, within the bounds of the group's maintenance policy ([`maintenance`]).
//! - A zone without a node that takes work gets no new instances while another zone of the group has one, and a subnet that
//!   refuses an instance (it is full) is passed over for the next: capacity comes before balance.
//!
//! AWS: <https://docs.aws.amazon.com/autoscaling/ec2/userguide/auto-scaling-groups.html>

mod columns;
pub(crate) mod controller;
mod decide;
mod maintenance;
mod manifest;
mod member;
pub mod ops;
mod tagged;
mod types;
pub(crate) mod validate;
mod zones;

#[cfg(test)]
mod tests;

pub use decide::{Decision, decide};
pub use maintenance::MaintenancePolicy;
pub use member::{Health, Member, members};
pub use tagged::TAGGED;
pub use types::{AutoScalingGroup, Declared, GroupTag, Retry, TemplateChoice};
pub use validate::existing;
