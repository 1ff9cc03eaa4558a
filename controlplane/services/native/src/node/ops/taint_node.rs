//! `hearth node taint`: an operator keeps instances off a node that do not tolerate it.

use crate::errors;
use crate::node::found::{found, tell};
use crate::node::{Node, overlay, validate};
use controlplane_scheduler::{Effect, Taint};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use controlplane_types::id::NodeName;
use serde::{Deserialize, Serialize};

/// What is said.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TaintNodeInput {
    /// Of which node.
    pub node: NodeName,
    /// Taints to give it: `KEY[=VALUE]:EFFECT`.
    pub set: Vec<String>,
    /// Taints to take from it, which it has to have: `KEY` for both effects, or `KEY:EFFECT`.
    pub remove: Vec<String>,
    /// Whether a taint it has may get another value.
    pub overwrite: bool,
}

/// See the module. Runs as the system. Answers whether anything changed.
///
/// What a `NoExecute` taint drives away leaves as in a drain: Auto Scaling sees the node.
pub struct TaintNode;

impl Operation for TaintNode {
    const NAME: &'static str = "TaintNode";
    type Input = TaintNodeInput;
    type Output = bool;

    fn run(input: &TaintNodeInput, cx: &mut Context) -> Result<bool, ServiceError> {
        let name = input.node.as_str();
        let taints = validate::taints(&input.set)?;
        let (key, before) = found(name, cx)?;
        let mut node = before.clone();
        for taint in &taints {
            add(taint, input.overwrite, &before, &mut node)?;
        }
        for spec in &input.remove {
            remove(spec, &before, &mut node)?;
        }
        validate::taint_count(&node.taints())?;
        let changed = node != before;
        if changed {
            tell(&key, "Tainted", told(input), cx);
            cx.put_at(key, node);
        }
        Ok(changed)
    }
}

fn add(taint: &Taint, overwrite: bool, before: &Node, node: &mut Node) -> Result<(), ServiceError> {
    let slot = overlay::slot(taint);
    let has = overlay::value(&slot, &before.told_taints, &before.taint_overlay);
    if has.is_some_and(|has| has != taint.value && !overwrite) {
        return Err(errors::taint_in_the_way(node.name.as_str(), &taint.key));
    }
    overlay::set(&slot, &taint.value, &before.told_taints, &mut node.taint_overlay);
    Ok(())
}

fn remove(spec: &str, before: &Node, node: &mut Node) -> Result<(), ServiceError> {
    let (key, effect) = match spec.rsplit_once(':') {
        None => (spec, None),
        Some((key, effect)) => {
            let effect = effect.parse::<Effect>();
            let invalid = |error: controlplane_scheduler::TaintError| {
                errors::invalid_field("taints", spec, &error.to_string())
            };
            (key, Some(effect.map_err(invalid)?))
        }
    };
    let meant = |taint: &Taint| taint.key == key && effect.is_none_or(|effect| effect == taint.effect);
    let found: Vec<Taint> = before.taints().into_iter().filter(meant).collect();
    if found.is_empty() {
        return Err(errors::no_taint(spec));
    }
    for taint in &found {
        overlay::remove(&overlay::slot(taint), &before.told_taints, &mut node.taint_overlay);
    }
    Ok(())
}

fn told(input: &TaintNodeInput) -> String {
    let removed = input.remove.iter().map(|spec| format!("{spec}-"));
    input.set.iter().cloned().chain(removed).collect::<Vec<_>>().join(", ")
}
