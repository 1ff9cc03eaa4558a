pub(super) mod get_context_keys;
pub(super) mod simulate_policy;
