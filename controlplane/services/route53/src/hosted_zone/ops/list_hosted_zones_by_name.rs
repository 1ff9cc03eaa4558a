//! ListHostedZonesByName: by reversed name, then id. `DNSName` is where the list begins, not a filter.

use crate::hosted_zone::{HostedZone, HostedZoneShown};
use crate::{errors, page};
use controlplane_services_kernel::{Query, Reader, ServiceError, Stored};
use controlplane_types::dns::Name;
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ListHostedZonesByName;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListHostedZonesByNameInput {
    #[serde(rename = "DNSName", default)]
    dns_name: Option<String>,
    #[serde(default)]
    hosted_zone_id: Option<String>,
    #[serde(default)]
    max_items: Option<String>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListHostedZonesByNameOutput {
    hosted_zones: Vec<HostedZoneShown>,
    #[serde(rename = "DNSName", skip_serializing_if = "Option::is_none")]
    dns_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hosted_zone_id: Option<String>,
    is_truncated: bool,
    #[serde(rename = "NextDNSName", skip_serializing_if = "Option::is_none")]
    next_dns_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_hosted_zone_id: Option<String>,
    max_items: String,
}

impl Query for ListHostedZonesByName {
    const NAME: &'static str = "ListHostedZonesByName";
    type Input = ListHostedZonesByNameInput;
    type Output = ListHostedZonesByNameOutput;

    fn run(
        input: &ListHostedZonesByNameInput,
        cx: &Reader,
    ) -> Result<ListHostedZonesByNameOutput, ServiceError> {
        if input.dns_name.is_none() && input.hosted_zone_id.is_some() {
            return Err(errors::invalid_input("HostedZoneId is only allowed together with DNSName."));
        }
        let max = page::max_items(input.max_items.as_deref(), 100)?;
        let start = start(input)?;
        let mut zones: Vec<(String, Stored<'_, HostedZone>)> =
            cx.list::<HostedZone>().map(|zone| (listing_key(&zone.name), zone)).collect();
        zones.sort_by(|a, b| (&a.0, a.1.key).cmp(&(&b.0, b.1.key)));
        let from = zones.iter().filter(|(name, zone)| (name.as_str(), zone.key.id()) >= (&start.0, &start.1));
        let (zones, next) = page::cut(from.map(|(_, zone)| zone), max);
        Ok(ListHostedZonesByNameOutput {
            hosted_zones: zones
                .iter()
                .map(|zone| HostedZoneShown::of(zone.key.id(), zone.record, cx))
                .collect(),
            dns_name: input.dns_name.clone(),
            hosted_zone_id: input.hosted_zone_id.clone(),
            is_truncated: next.is_some(),
            next_dns_name: next.map(|zone| zone.name.clone()),
            next_hosted_zone_id: next.map(|zone| zone.key.id().to_owned()),
            max_items: max.to_string(),
        })
    }
}

fn start(input: &ListHostedZonesByNameInput) -> Result<(String, String), ServiceError> {
    let Some(name) = &input.dns_name else { return Ok(Default::default()) };
    let parsed = Name::parse(name).map_err(|error| errors::invalid_domain_name(name, error.text()))?;
    let id = input.hosted_zone_id.as_deref().map_or("", |id| page::bare_id(id, "hostedzone"));
    Ok((parsed.listing_key(), id.to_owned()))
}

fn listing_key(name: &str) -> String {
    // Stored names were parsed before; one that is not a name would sort first.
    Name::parse(name).map(|name| name.listing_key()).unwrap_or_default()
}
