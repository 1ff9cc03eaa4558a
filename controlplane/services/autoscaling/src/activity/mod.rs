//! A scaling activity: what a group did to one instance and why. A group keeps its last hundred.
//!
//! Its progress is not written: a launch is `Successful` when its instance runs, which the instance's record knows.
//!
//! AWS: <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeScalingActivities.html>

mod columns;
pub mod ops;
mod types;

#[cfg(test)]
mod tests;

pub use types::{Activity, ActivityKind, ActivityShown, forget, record};
