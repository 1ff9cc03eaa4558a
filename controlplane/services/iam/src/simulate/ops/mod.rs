//! One file per action; the two simulations, alike but for what they name, are made in one.

pub(super) mod get_context_keys_for_custom_policy;
pub(super) mod get_context_keys_for_principal_policy;
pub(super) mod simulate_policy;

use super::source::Source;
use serde::Serialize;
use std::collections::BTreeMap;

/// Which condition keys policies ask for.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContextKeys {
    context_key_names: Vec<String>,
}

impl ContextKeys {
    fn of(sources: &[Source<'_>]) -> Self {
        let all = sources.iter().flat_map(|source| source.policy.context_keys());
        let once: BTreeMap<String, &str> = all.map(|key| (key.to_ascii_lowercase(), key)).collect();
        Self { context_key_names: once.into_values().map(str::to_owned).collect() }
    }
}
