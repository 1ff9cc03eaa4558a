//! What an instance asks of its node beyond room: labels it must have, taints it passes.
//!
//! Said by tags with reserved keys, because a tag is the one free-form thing that AWS has in every place an instance comes
//! from: `RunInstances`, launch templates, tags that an Auto Scaling group propagates, and manifests. A member of our own in
//! those structures would be refused by every SDK and by Terraform (`design/0040`).
//!
//! | key | value | means |
//! |---|---|---|
//! | `hearth:node-selector/LABEL` | VALUE | only nodes with the label LABEL=VALUE |
//! | `hearth:toleration/KEY` | empty | taints of this key do not matter |
//! | | VALUE | only those with this value |
//! | | VALUE:EFFECT or :EFFECT | and only those of this effect |
//! | `hearth:toleration` | any of these | the same of taints of every key |
//!
//! What readers get wrong: a selector is looked at when an instance is placed and never again, as in Kubernetes; a
//! toleration also decides whether it may stay, so taking the tag away from a member of a group can move it.

use super::capacity;
use super::types::Instance;
use crate::tag::{ResourceTags, Tags};
use controlplane_scheduler::{Effect, Toleration, check_key, check_value, untolerated};
use controlplane_services_kernel::{Record, View};
use controlplane_services_native::Node;
use controlplane_types::{Key, RegionName};
use std::collections::BTreeMap;

const SELECTOR: &str = "hearth:node-selector";
const TOLERATION: &str = "hearth:toleration";

/// What an instance asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Demands {
    pub(super) selector: BTreeMap<String, String>,
    pub(super) tolerations: Vec<Toleration>,
}

/// What one tag says.
enum Demand {
    Label(String, String),
    Passes(Toleration),
}

impl Demands {
    /// From tags; those that are no demands say nothing.
    pub(super) fn of<'t>(tags: impl Iterator<Item = (&'t String, &'t String)>) -> Self {
        let mut demands = Self::default();
        for (key, value) in tags {
            match read(key, value) {
                Ok(Some(Demand::Label(label, value))) => drop(demands.selector.insert(label, value)),
                Ok(Some(Demand::Passes(toleration))) => demands.tolerations.push(toleration),
                Ok(None) | Err(_) => {}
            }
        }
        demands
    }

    /// Of the instance at `key`.
    pub(super) fn of_instance(key: &Key, view: &View) -> Self {
        Self::of(tags(key, view).into_iter().flatten())
    }
}

fn tags<'v>(instance: &Key, view: &'v View) -> Option<&'v Tags> {
    let key = Key::new(&instance.account(), &instance.scope(), ResourceTags::KIND, instance.id());
    view.get::<ResourceTags>(&key).map(|found| &found.tags)
}

/// Why a tag cannot be set, if its key is reserved for demands and it is none; for people.
pub fn check_demand(key: &str, value: &str) -> Result<(), String> {
    read(key, value).map(|_| ())
}

/// Whether no `NoExecute` taint of `node` drives the instance at `key` away.
pub fn tolerates_to_stay(node: &Node, key: &Key, view: &View) -> bool {
    let mut taints = node.taints();
    taints.retain(|taint| taint.effect == Effect::NoExecute);
    taints.is_empty() || untolerated(&taints, &Demands::of_instance(key, view).tolerations).next().is_none()
}

/// Whether `node` has the labels and lets in by its taints what carries these tags.
pub fn admits(node: &Node, tags: &Tags) -> bool {
    let (demands, labels) = (Demands::of(tags.iter()), node.labels());
    demands.selector.iter().all(|(key, value)| labels.get(key) == Some(value))
        && untolerated(&node.taints(), &demands.tolerations).next().is_none()
}

/// The instance whose tags changed, if it is one.
pub fn of_tags(changed: &Key, view: &View) -> Option<Key> {
    let key = Key::new(&changed.account(), &changed.scope(), Instance::KIND, changed.id());
    view.get::<Instance>(&key).map(|_| key)
}

/// Instances on a node that one of its taints drives away.
pub fn driven_away<'v>(name: &str, node: &Node, view: &'v View, region: &RegionName) -> Vec<&'v Key> {
    let here = capacity::on_node(name, view, region);
    here.filter(|instance| !tolerates_to_stay(node, instance.key, view))
        .map(|instance| instance.key)
        .collect()
}

fn read(key: &str, value: &str) -> Result<Option<Demand>, String> {
    let (noun, about) = match key.split_once('/') {
        Some((noun, about)) => (noun, Some(about)),
        None => (key, None),
    };
    match noun {
        SELECTOR => {
            let label = about.unwrap_or_default();
            check_key(label).map_err(|error| error.to_string())?;
            Ok(Some(Demand::Label(label.to_owned(), value.to_owned())))
        }
        TOLERATION => toleration(about, value).map(|toleration| Some(Demand::Passes(toleration))),
        _ => Ok(None),
    }
}

fn toleration(key: Option<&str>, value: &str) -> Result<Toleration, String> {
    if let Some(key) = key {
        check_key(key).map_err(|error| error.to_string())?;
    }
    let (value, effect) =
        value.split_once(':').map_or((value, None), |(value, effect)| (value, Some(effect)));
    check_value(value).map_err(|error| error.to_string())?;
    let effect = effect.map(str::parse::<Effect>).transpose().map_err(|error| error.to_string())?;
    let value = (!value.is_empty()).then(|| value.to_owned());
    Ok(Toleration { key: key.map(str::to_owned), value, effect })
}
