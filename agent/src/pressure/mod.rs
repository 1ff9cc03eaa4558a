//! What the machine is running out of: measured here, judged here, told to the control plane.
//!
//! ```text
//!  measure (every few seconds) ─▶ judge (thresholds, margin) ─▶ Strain, a newest value ─▶ reconcile: images go at once
//!                                                                                      └▶ report: conditions, who uses what
//! ```
//!
//! Only transitions are told, so a machine that has enough says nothing, however often it is measured. A condition begins
//! with the first measurement below its threshold and ends when a tenth more than that was left for a whole transition
//! period: what an eviction freed must not let the next instance in at once.
//!
//! The agent ends nothing by itself. Which instance belongs to a group, is protected, or has a successor elsewhere is known
//! to the control plane, and an agent that acted on its own would have to invent a second way for an instance to end
//! (`design/0041`). So under pressure it *asks*: what is short, and what each instance uses; again after a pause while it
//! lasts. Without a control plane nobody is ended; limits of control groups and the kernel's own judgement remain.
//!
//! Disk is different in one thing: before the first such question, images that nobody wants are removed.

mod judge;
mod threshold;
mod watcher;

pub use threshold::{Amount, Threshold, ThresholdError, Thresholds};
pub(crate) use watcher::Watcher;

#[cfg(test)]
mod tests;
