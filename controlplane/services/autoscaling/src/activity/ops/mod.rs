//! Actions on activities.

pub mod describe_scaling_activities;
