//! Deleting what a set held and its documents name no longer.
//!
//! Records stand on each other, and some take a while to end: a subnet cannot go while an instance in it shuts down. So
//! what refuses to be deleted now is *kept* in the set, with the reason, and whoever prunes asks again. Rejected: to fail
//! as a whole, because a set with an instance could then never be pruned at once.

use super::apply::declarative_kind;
use super::{Applied, Deletion, Selector, forget};
use crate::{Context, Reader, Service};

/// A record that a set no longer names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pruned {
    /// Kind of the record.
    pub kind: String,
    /// Name its document had.
    pub name: String,
    /// Id of the record.
    pub id: String,
    /// What became of it; the error says why it is still there.
    pub outcome: Result<Deletion, String>,
}

/// Deletes every record of `set` whose document is not one of `named` (kind and name); with a selector, only records that
/// have these tags now. A record without tags, or of a kind without any, is not selected by what it should have.
pub fn prune(
    services: &[&'static Service],
    named: &[(&str, &str)],
    set: &str,
    selector: Option<&Selector>,
    cx: &mut Context,
) -> Vec<Pruned> {
    let of_set = |entry: &Applied| Applied::id(set, &entry.kind, &entry.name);
    let entries = cx.list::<Applied>().filter(|entry| entry.key.id() == of_set(entry));
    let entries = entries.filter(|entry| !named.contains(&(entry.kind.as_str(), entry.name.as_str())));
    let entries =
        entries.filter(|entry| selector.is_none_or(|selector| is_selected(services, entry, selector, cx)));
    let mut left: Vec<Applied> = entries.map(|entry| entry.record.clone()).collect();
    let mut pruned = Vec::with_capacity(left.len());
    // What others stand on goes once they are gone: again and again, as long as anything goes.
    loop {
        let before = left.len();
        let mut kept = Vec::new();
        left.retain(|entry| match delete(services, entry, cx) {
            Ok(deletion) => {
                pruned.push(told(entry, Ok(deletion)));
                false
            }
            Err(reason) => {
                kept.push(told(entry, Err(reason)));
                true
            }
        });
        if left.is_empty() || left.len() == before {
            pruned.extend(kept);
            return pruned;
        }
    }
}

fn is_selected(services: &[&'static Service], entry: &Applied, selector: &Selector, reader: &Reader) -> bool {
    let kind = declarative_kind(services, &entry.kind).and_then(|kind| kind.declarative.as_ref());
    let spec = kind.and_then(|kind| (kind.view)(&entry.target, reader));
    selector.selects(spec.as_ref().and_then(|spec| spec.get("tags")))
}

fn delete(services: &[&'static Service], entry: &Applied, cx: &mut Context) -> Result<Deletion, String> {
    let kind = declarative_kind(services, &entry.kind).and_then(|kind| kind.declarative.as_ref());
    let kind = kind.ok_or_else(|| format!("{} is no kind of manifest any more", entry.kind))?;
    let deletion = match (kind.exists)(&entry.target, cx) {
        true => cx.attempt(|cx| (kind.delete)(&entry.target, cx)).map_err(|error| error.to_string())?,
        false => Deletion::Done,
    };
    forget(&entry.kind, &entry.target, cx);
    Ok(deletion)
}

fn told(entry: &Applied, outcome: Result<Deletion, String>) -> Pruned {
    Pruned { kind: entry.kind.clone(), name: entry.name.clone(), id: entry.target.clone(), outcome }
}
