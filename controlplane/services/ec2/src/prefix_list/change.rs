//! Making versions and giving room: what the actions and the manifests share.

use super::{Entry, Family, KEPT_VERSIONS, PrefixList, PrefixListVersion, State, entries};
use crate::tag::{self, Tags};
use crate::{errors, resource, route_table, security_group};
use controlplane_services_kernel::{Context, Reader, ServiceError};
use std::collections::BTreeSet;

/// What a new list is.
pub(super) struct NewList {
    pub(super) name: String,
    pub(super) family: Family,
    pub(super) max_entries: u32,
    pub(super) entries: Vec<Entry>,
}

/// Makes a list with its first version and answers its id.
pub(super) fn create(new: NewList, tags: &Tags, cx: &mut Context) -> Result<String, ServiceError> {
    fits(&new.entries, new.max_entries)?;
    let id = cx.new_id("pl-");
    let NewList { name, family, max_entries, entries } = new;
    let list = PrefixList { name, family, max_entries, version: 1, state: State::CreateComplete };
    cx.put(&id, list);
    cx.put(&PrefixListVersion::id(&id, 1), PrefixListVersion { entries });
    tag::add(&errors::PREFIX_LIST, &id, tags, cx)?;
    Ok(id)
}

/// Makes `entries` the next version of a list; the oldest version goes when there are too many.
pub(super) fn store(
    id: &str,
    mut list: PrefixList,
    entries: Vec<Entry>,
    state: State,
    cx: &mut Context,
) -> Result<(), ServiceError> {
    fits(&entries, list.max_entries)?;
    list.version += 1;
    list.state = state;
    let oldest = PrefixListVersion::id(id, list.version.saturating_sub(KEPT_VERSIONS));
    if cx.get::<PrefixListVersion>(&oldest).is_some() {
        cx.delete::<PrefixListVersion>(&oldest);
    }
    cx.put(&PrefixListVersion::id(id, list.version), PrefixListVersion { entries });
    cx.put(id, list);
    Ok(())
}

fn fits(entries: &[Entry], room: u32) -> Result<(), ServiceError> {
    if entries.len() > room as usize {
        return Err(errors::prefix_list_full());
    }
    Ok(())
}

/// Gives a list another room; everything that refers to it has to bear its new weight.
pub(super) fn resize(id: &str, room: u32, cx: &mut Context) -> Result<(), ServiceError> {
    let mut list = super::require(id, cx)?.clone();
    fits(entries(id, cx), room)?;
    list.max_entries = room;
    list.state = State::ModifyComplete;
    cx.put(id, list);
    for group in groups(id, cx) {
        security_group::check_weight(&group, cx)?;
    }
    for table in tables(id, cx) {
        route_table::check_weight(&table, cx)?;
    }
    Ok(())
}

/// Removes a list that nothing refers to.
pub(super) fn remove(id: &str, cx: &mut Context) -> Result<(), ServiceError> {
    if !groups(id, cx).is_empty() || !tables(id, cx).is_empty() {
        return Err(errors::has_dependencies(&errors::PREFIX_LIST, id));
    }
    let versions: Vec<String> =
        PrefixListVersion::all(id, cx).map(|version| version.key.id().to_owned()).collect();
    for version in versions {
        cx.delete::<PrefixListVersion>(&version);
    }
    resource::delete::<PrefixList>(id, cx);
    Ok(())
}

/// The groups with rules that refer to a list.
pub(super) fn groups(id: &str, cx: &Reader) -> BTreeSet<String> {
    security_group::rules_referring_to(id, cx).map(|rule| rule.group_id.clone()).collect()
}

/// The route tables with a route to a list.
pub(super) fn tables(id: &str, cx: &Reader) -> BTreeSet<String> {
    route_table::leading_to(id, cx).map(|table| table.key.id().to_owned()).collect()
}
