//! `hearth node label`: an operator says something about a node that instances can select.

use crate::errors;
use crate::node::found::{found, tell};
use crate::node::{overlay, validate};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use controlplane_types::id::NodeName;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is said.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LabelNodeInput {
    /// Of which node.
    pub node: NodeName,
    /// Labels to give it.
    pub set: BTreeMap<String, String>,
    /// Labels to take from it; one it does not have is no error.
    pub remove: Vec<String>,
    /// Whether a label it has may get another value.
    pub overwrite: bool,
}

/// See the module. Runs as the system. Answers whether anything changed.
pub struct LabelNode;

impl Operation for LabelNode {
    const NAME: &'static str = "LabelNode";
    type Input = LabelNodeInput;
    type Output = bool;

    fn run(input: &LabelNodeInput, cx: &mut Context) -> Result<bool, ServiceError> {
        let name = input.node.as_str();
        validate::label_changes(input)?;
        let (key, before) = found(name, cx)?;
        let mut node = before.clone();
        for (label, value) in &input.set {
            let has = overlay::value(label, &before.told_labels, &before.label_overlay);
            if let Some(has) = has.filter(|has| has != value && !input.overwrite) {
                return Err(errors::label_in_the_way(label, has));
            }
            overlay::set(label, value, &before.told_labels, &mut node.label_overlay);
        }
        for label in &input.remove {
            overlay::remove(label, &before.told_labels, &mut node.label_overlay);
        }
        validate::label_count(&node.labels())?;
        let changed = node != before;
        if changed {
            tell(&key, "Labeled", told(input), cx);
            cx.put_at(key, node);
        }
        Ok(changed)
    }
}

fn told(input: &LabelNodeInput) -> String {
    let set = input.set.iter().map(|(label, value)| format!("{label}={value}"));
    let removed = input.remove.iter().map(|label| format!("{label}-"));
    set.chain(removed).collect::<Vec<_>>().join(", ")
}
