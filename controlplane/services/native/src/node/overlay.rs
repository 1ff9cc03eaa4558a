//! What operators say of a node, laid over what its agent says.
//!
//! An agent tells its labels and taints with every hello, so a word of an operator must not be written into what the agent
//! told: the next hello would undo it, or an agent that is started with another label would be ignored. The two are kept
//! apart and joined when somebody looks; the operator's word wins until it is taken back.
//!
//! Labels are keys and values. Taints fit into the same form: there is one of a key and effect, so `KEY:EFFECT` is the key.

use controlplane_scheduler::Taint;
use std::collections::BTreeMap;

/// What the agent told.
pub type Told = BTreeMap<String, String>;
/// What operators said of keys: a value, or that the key is not there.
pub type Overlay = BTreeMap<String, Option<String>>;

/// Both joined.
pub(super) fn joined(told: &Told, overlay: &Overlay) -> BTreeMap<String, String> {
    let mut joined = told.clone();
    for (key, value) in overlay {
        match value {
            Some(value) => drop(joined.insert(key.clone(), value.clone())),
            None => drop(joined.remove(key)),
        }
    }
    joined
}

/// The value of one key.
pub(super) fn value<'o>(key: &str, told: &'o Told, overlay: &'o Overlay) -> Option<&'o str> {
    match overlay.get(key) {
        Some(said) => said.as_deref(),
        None => told.get(key).map(String::as_str),
    }
}

/// Lays a value over a key. Saying what the agent says anyway takes an earlier word back.
pub(super) fn set(key: &str, value: &str, told: &Told, overlay: &mut Overlay) {
    if told.get(key).is_some_and(|told| told == value) {
        overlay.remove(key);
    } else {
        overlay.insert(key.to_owned(), Some(value.to_owned()));
    }
}

/// Takes a key away.
pub(super) fn remove(key: &str, told: &Told, overlay: &mut Overlay) {
    if told.contains_key(key) {
        overlay.insert(key.to_owned(), None);
    } else {
        overlay.remove(key);
    }
}

/// The key of a taint in its map.
pub(super) fn slot(taint: &Taint) -> String {
    format!("{}:{}", taint.key, taint.effect.as_str())
}

/// Taints as a map.
pub(super) fn from_taints(taints: &[Taint]) -> Told {
    taints.iter().map(|taint| (slot(taint), taint.value.clone())).collect()
}

/// A map's taints, ordered by key and effect.
pub(super) fn to_taints(map: &BTreeMap<String, String>) -> Vec<Taint> {
    let taint = |(slot, value): (&String, &String)| {
        let (key, effect) = slot.rsplit_once(':')?;
        Some(Taint { key: key.to_owned(), value: value.clone(), effect: effect.parse().ok()? })
    };
    map.iter().filter_map(taint).collect()
}
