use super::{DOMAIN, POOL};
use crate::address::{Address, with_public_ip};
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::filter::{Described, Field, Filter, Filters, maybe, one};
use crate::resource::require;
use crate::tag::{self, Tag};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAddresses.html>
pub(crate) struct DescribeAddresses;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeAddressesInput {
    pub(crate) allocation_ids: Option<Vec<String>>,
    pub(crate) public_ips: Option<Vec<String>>,
    pub(crate) filters: Option<Vec<Filter>>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DescribeAddressesInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeAddressesOutput {
    pub(crate) addresses: Vec<AddressShape>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AddressShape {
    allocation_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    association_id: Option<String>,
    domain: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance_id: Option<String>,
    network_border_group: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    network_interface_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    network_interface_owner_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    private_ip_address: Option<String>,
    public_ip: String,
    public_ipv4_pool: &'static str,
    tags: Vec<Tag>,
}

impl AddressShape {
    fn of(id: &str, address: &Address, cx: &Reader) -> Self {
        let found = address.association(cx);
        let instance_id = found.and_then(|(interface, _)| interface.instance_id());
        Self {
            allocation_id: id.to_owned(),
            association_id: found.map(|(_, association)| association.id.clone()),
            domain: DOMAIN,
            instance_id: instance_id.map(str::to_owned),
            network_border_group: cx.caller.region.to_string(),
            network_interface_id: address.network_interface_id.clone(),
            network_interface_owner_id: found.map(|_| cx.caller.account.to_string()),
            private_ip_address: found.map(|(_, association)| association.private_address.to_string()),
            public_ip: address.public_ip.to_string(),
            public_ipv4_pool: POOL,
            tags: tag::of(id, cx),
        }
    }
}

impl Described for AddressShape {
    const FILTERS: &'static [Field<Self>] = &[
        ("allocation-id", |shown| one(&shown.allocation_id)),
        ("association-id", |shown| maybe(&shown.association_id)),
        ("domain", |shown| one(shown.domain)),
        ("instance-id", |shown| maybe(&shown.instance_id)),
        ("network-border-group", |shown| one(&shown.network_border_group)),
        ("network-interface-id", |shown| maybe(&shown.network_interface_id)),
        ("network-interface-owner-id", |shown| maybe(&shown.network_interface_owner_id)),
        ("private-ip-address", |shown| maybe(&shown.private_ip_address)),
        ("public-ip", |shown| one(&shown.public_ip)),
    ];

    fn id(&self) -> &str {
        &self.allocation_id
    }

    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}

impl Query for DescribeAddresses {
    const NAME: &'static str = "DescribeAddresses";
    type Input = DescribeAddressesInput;
    type Output = DescribeAddressesOutput;

    fn run(input: &DescribeAddressesInput, cx: &Reader) -> Result<DescribeAddressesOutput, ServiceError> {
        let filters = Filters::read(input.filters.as_deref())?;
        let named = named(input, cx)?;
        let wanted = |id: &str| named.as_ref().is_none_or(|named| named.contains(id));
        let found = cx.list::<Address>().filter(|stored| wanted(stored.key.id()));
        let shown = found.map(|stored| AddressShape::of(stored.key.id(), stored.record, cx));
        Ok(DescribeAddressesOutput { addresses: shown.filter(|shown| filters.accept(shown)).collect() })
    }
}

/// Ids of the addresses that were asked for by id or by themselves, all of which have to exist; `None`: nobody asked for
/// any.
fn named(input: &DescribeAddressesInput, cx: &Reader) -> Result<Option<BTreeSet<String>>, ServiceError> {
    let ids = input.allocation_ids.as_deref().unwrap_or_default();
    let texts = input.public_ips.as_deref().unwrap_or_default();
    if ids.is_empty() && texts.is_empty() {
        return Ok(None);
    }
    let by_id = ids.iter().map(|id| require::<Address>(id, cx).map(|_| id.clone()));
    let by_address = texts.iter().map(|text| {
        let address = text.parse().map_err(|_| errors::not_an_address(text, "publicIp"))?;
        let found = with_public_ip(address, cx).filter(|found| cx.get::<Address>(found.key.id()).is_some());
        found.map(|found| found.key.id().to_owned()).ok_or_else(|| errors::no_such_address(text))
    });
    by_id.chain(by_address).collect::<Result<_, _>>().map(Some)
}
