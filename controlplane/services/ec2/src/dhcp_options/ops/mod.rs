//! The actions on DHCP option sets, and the shape in which they show one.

pub(crate) mod associate_dhcp_options;
pub(crate) mod create_dhcp_options;
pub(crate) mod delete_dhcp_options;
pub(crate) mod describe_dhcp_options;

use super::DhcpOptions;
use crate::attribute::AttributeValue;
use crate::filter::{Described, Field, one};
use crate::tag::{self, Tag};
use controlplane_services_kernel::Reader;
use serde::Serialize;

/// A set as AWS shows it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DhcpOptionsShape {
    pub(crate) dhcp_options_id: String,
    pub(crate) dhcp_configurations: Vec<DhcpConfigurationShape>,
    pub(crate) owner_id: String,
    pub(crate) tags: Vec<Tag>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DhcpConfigurationShape {
    pub(crate) key: String,
    pub(crate) values: Vec<AttributeValue>,
}

impl DhcpOptionsShape {
    /// What the caller sees of a set.
    pub(crate) fn of(id: &str, options: &DhcpOptions, cx: &Reader) -> Self {
        let shown = |(key, values): (&str, Vec<String>)| DhcpConfigurationShape {
            key: key.to_owned(),
            values: values.into_iter().map(|value| AttributeValue { value }).collect(),
        };
        Self {
            dhcp_options_id: id.to_owned(),
            dhcp_configurations: options.said().into_iter().map(shown).collect(),
            owner_id: cx.caller.account.to_string(),
            tags: tag::of(id, cx),
        }
    }
}

impl Described for DhcpOptionsShape {
    const FILTERS: &'static [Field<Self>] = &[
        ("dhcp-options-id", |set| one(&set.dhcp_options_id)),
        ("key", |set| set.dhcp_configurations.iter().map(|said| said.key.clone()).collect()),
        ("owner-id", |set| one(&set.owner_id)),
        ("value", |set| {
            let values = set.dhcp_configurations.iter().flat_map(|said| &said.values);
            values.map(|value| value.value.clone()).collect()
        }),
    ];

    fn id(&self) -> &str {
        &self.dhcp_options_id
    }

    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}
