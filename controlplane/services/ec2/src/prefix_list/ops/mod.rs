//! The actions on prefix lists, and the shape in which they show one.

pub(crate) mod create_managed_prefix_list;
pub(crate) mod delete_managed_prefix_list;
pub(crate) mod describe_managed_prefix_lists;
pub(crate) mod get_managed_prefix_list_associations;
pub(crate) mod get_managed_prefix_list_entries;
pub(crate) mod modify_managed_prefix_list;
pub(crate) mod restore_managed_prefix_list_version;

use super::{Entry, PrefixList};
use crate::filter::{Described, Field, one};
use crate::resource::arn;
use crate::tag::{self, Tag};
use controlplane_services_kernel::Reader;
use serde::Serialize;

/// A prefix list as AWS shows it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PrefixListShape {
    pub(crate) prefix_list_id: String,
    pub(crate) prefix_list_arn: String,
    pub(crate) prefix_list_name: String,
    pub(crate) address_family: String,
    pub(crate) state: &'static str,
    pub(crate) max_entries: u32,
    pub(crate) version: u64,
    pub(crate) owner_id: String,
    pub(crate) tags: Vec<Tag>,
}

/// The answer of the actions that show one list.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PrefixListOutput {
    pub(crate) prefix_list: PrefixListShape,
}

impl PrefixListShape {
    /// What the caller sees of a list.
    pub(crate) fn of(id: &str, list: &PrefixList, cx: &Reader) -> Self {
        Self {
            prefix_list_id: id.to_owned(),
            prefix_list_arn: arn("prefix-list", id, cx),
            prefix_list_name: list.name.clone(),
            address_family: list.family.to_string(),
            state: list.state.as_str(),
            max_entries: list.max_entries,
            version: list.version,
            owner_id: cx.caller.account.to_string(),
            tags: tag::of(id, cx),
        }
    }
}

impl Described for PrefixListShape {
    const FILTERS: &'static [Field<Self>] = &[
        ("owner-id", |list| one(&list.owner_id)),
        ("prefix-list-id", |list| one(&list.prefix_list_id)),
        ("prefix-list-name", |list| one(&list.prefix_list_name)),
    ];

    fn id(&self) -> &str {
        &self.prefix_list_id
    }

    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}

/// An entry as AWS shows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct EntryShape {
    pub(crate) cidr: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
}

impl EntryShape {
    fn of(entry: &Entry) -> Self {
        Self { cidr: entry.cidr.to_string(), description: entry.description.clone() }
    }
}
