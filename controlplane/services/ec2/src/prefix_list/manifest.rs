use super::change::{self, NewList};
use super::validate::{self, EntryRequest};
use super::{Entry, PrefixList, State, require};
use crate::errors;
use crate::tag::{self, Tags};
use controlplane_services_kernel::manifest::{Deletion, Join};
use controlplane_services_kernel::{Context, Declarative, ServiceError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Blocks of addresses under one name, for rules of security groups and for routes. Entries that others added stay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PrefixListSpec {
    /// Name of the list, up to 255 characters; it may not begin with `com.amazonaws`. Absent: the document's name.
    prefix_list_name: Option<String>,
    /// `IPv4` or `IPv6`.
    address_family: String,
    /// How many entries the list has room for, 1 to 1000. A rule or route that refers to the list counts for as many.
    #[schemars(range(min = 1, max = 1000))]
    max_entries: i32,
    /// The blocks, each once.
    #[serde(default)]
    entries: Vec<EntrySpec>,
    /// Tags: up to 50, keys up to 128 and values up to 256 characters; keys may not begin with `aws:`. The tag `Name` is
    /// what people see.
    #[serde(default)]
    tags: Tags,
}

/// A block of addresses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct EntrySpec {
    /// The block, such as `10.0.0.0/8` or `fd00::/8`.
    cidr: String,
    /// A text for people, up to 255 characters.
    description: Option<String>,
}

impl PrefixListSpec {
    fn read_entries(&self) -> Result<Vec<Entry>, ServiceError> {
        let request = |entry: &EntrySpec| EntryRequest {
            cidr: entry.cidr.clone(),
            description: entry.description.clone(),
        };
        let requests: Vec<EntryRequest> = self.entries.iter().map(request).collect();
        validate::entries(&requests, validate::family(&self.address_family)?)
    }
}

impl Declarative for PrefixList {
    type Spec = PrefixListSpec;
    const IMMUTABLE: &'static [&'static str] = &["addressFamily"];
    const JOINS: &'static [Join] = &[Join::items("entries", &["cidr"])];

    fn canonical(spec: PrefixListSpec) -> Result<PrefixListSpec, ServiceError> {
        let entries = spec.read_entries()?.into_iter();
        let entries = entries
            .map(|entry| EntrySpec { cidr: entry.cidr.to_string(), description: entry.description })
            .collect();
        Ok(PrefixListSpec { entries, ..spec })
    }

    fn create(name: &str, spec: PrefixListSpec, cx: &mut Context) -> Result<String, ServiceError> {
        let entries = spec.read_entries()?;
        let family = validate::family(&spec.address_family)?;
        let name = spec.prefix_list_name.unwrap_or_else(|| name.to_owned());
        validate::name(&name)?;
        tag::check(&spec.tags)?;
        let max_entries = validate::max_entries(spec.max_entries)?;
        change::create(NewList { name, family, max_entries, entries }, &spec.tags, cx)
    }

    fn update(
        id: &str,
        live: PrefixListSpec,
        wanted: PrefixListSpec,
        cx: &mut Context,
    ) -> Result<(), ServiceError> {
        // More room comes before more entries, less room after fewer.
        let room = validate::max_entries(wanted.max_entries)?;
        let grows = wanted.max_entries > live.max_entries;
        if grows {
            change::resize(id, room, cx)?;
        }
        let entries = wanted.read_entries()?;
        if live.read_entries()? != entries {
            let list = require(id, cx)?.clone();
            change::store(id, list, entries, State::ModifyComplete, cx)?;
        }
        if !grows && wanted.max_entries != live.max_entries {
            change::resize(id, room, cx)?;
        }
        rename(id, wanted.prefix_list_name.as_deref(), cx)?;
        tag::redeclare(&errors::PREFIX_LIST, id, &live.tags, &wanted.tags, cx)
    }

    fn delete(id: &str, cx: &mut Context) -> Result<Deletion, ServiceError> {
        require(id, cx)?;
        change::remove(id, cx)?;
        Ok(Deletion::Done)
    }
}

fn rename(id: &str, name: Option<&str>, cx: &mut Context) -> Result<(), ServiceError> {
    let mut list = require(id, cx)?.clone();
    let Some(name) = name.filter(|name| *name != list.name) else { return Ok(()) };
    validate::name(name)?;
    list.name = name.to_owned();
    cx.put(id, list);
    Ok(())
}
