pub(super) mod forget_events;
pub mod lookup_events;
