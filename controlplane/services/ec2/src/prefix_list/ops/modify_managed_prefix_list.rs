use super::{PrefixListOutput, PrefixListShape};
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::prefix_list::validate::{self, EntryRequest};
use crate::prefix_list::{Entry, PrefixList, State, change, entries, require};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyManagedPrefixList.html>
pub(crate) struct ModifyManagedPrefixList;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ModifyManagedPrefixListInput {
    pub(crate) prefix_list_id: String,
    pub(crate) current_version: Option<i64>,
    pub(crate) prefix_list_name: Option<String>,
    pub(crate) add_entries: Option<Vec<EntryRequest>>,
    pub(crate) remove_entries: Option<Vec<RemoveEntry>>,
    pub(crate) max_entries: Option<i32>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(ModifyManagedPrefixListInput);

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct RemoveEntry {
    pub(crate) cidr: String,
}

impl Operation for ModifyManagedPrefixList {
    const NAME: &'static str = "ModifyManagedPrefixList";
    type Input = ModifyManagedPrefixListInput;
    type Output = PrefixListOutput;

    fn run(input: &ModifyManagedPrefixListInput, cx: &mut Context) -> Result<PrefixListOutput, ServiceError> {
        let id = &input.prefix_list_id;
        let mut list = require(id, cx)?.clone();
        let (add, remove) = (
            input.add_entries.as_deref().unwrap_or_default(),
            input.remove_entries.as_deref().unwrap_or_default(),
        );
        let changes_entries = !add.is_empty() || !remove.is_empty();
        if changes_entries && input.max_entries.is_some() {
            return Err(errors::prefix_list_entries_and_size());
        }
        if !changes_entries && input.max_entries.is_none() && input.prefix_list_name.is_none() {
            return Err(errors::prefix_list_unchanged());
        }
        check_version(input.current_version, &list, changes_entries)?;
        if let Some(name) = &input.prefix_list_name {
            validate::name(name)?;
            list.name.clone_from(name);
            list.state = State::ModifyComplete;
            cx.put(id, list.clone());
        }
        if let Some(room) = input.max_entries {
            change::resize(id, validate::max_entries(room)?, cx)?;
        }
        if changes_entries {
            let changed = changed(entries(id, cx), add, remove, &list)?;
            change::store(id, list, changed, State::ModifyComplete, cx)?;
        }
        Ok(PrefixListOutput { prefix_list: PrefixListShape::of(id, require(id, cx)?, cx) })
    }
}

/// Whoever changes entries says what he believes to change.
pub(super) fn check_version(
    said: Option<i64>,
    list: &PrefixList,
    is_needed: bool,
) -> Result<(), ServiceError> {
    match said {
        None if is_needed => Err(errors::missing_parameter("CurrentVersion")),
        Some(number) if u64::try_from(number) != Ok(list.version) => Err(errors::prefix_list_version()),
        _ => Ok(()),
    }
}

/// The entries after a change. An entry that is there gets another description by being added with it.
fn changed(
    before: &[Entry],
    add: &[EntryRequest],
    remove: &[RemoveEntry],
    list: &PrefixList,
) -> Result<Vec<Entry>, ServiceError> {
    let added = validate::entries(add, list.family)?;
    let removed = remove.iter().map(|entry| validate::cidr(&entry.cidr, list.family));
    let removed: Vec<IpNet> = removed.collect::<Result<_, _>>()?;
    for (at, cidr) in removed.iter().enumerate() {
        if removed[..at].contains(cidr) || added.iter().any(|entry| entry.cidr == *cidr) {
            return Err(errors::prefix_list_cidr_twice(*cidr));
        }
        if !before.iter().any(|entry| entry.cidr == *cidr) {
            return Err(errors::prefix_list_entry_missing(*cidr));
        }
    }
    if let Some(same) = added.iter().find(|entry| before.contains(entry)) {
        return Err(errors::prefix_list_entry_exists(same.cidr, same.description.as_deref()));
    }
    let goes =
        |entry: &&Entry| removed.contains(&entry.cidr) || added.iter().any(|added| added.cidr == entry.cidr);
    let mut after: Vec<Entry> = before.iter().filter(|entry| !goes(entry)).cloned().collect();
    after.extend(added.iter().cloned());
    after.sort();
    Ok(after)
}
