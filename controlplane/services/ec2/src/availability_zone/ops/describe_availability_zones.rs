use crate::dry_run::may_dry_run;
use crate::errors;
use crate::filter::{Described, Field, Filter, Filters, one};
use crate::tag::Tag;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use controlplane_services_native::Region;
use controlplane_services_native::region::Zone;
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAvailabilityZones.html>
pub(crate) struct DescribeAvailabilityZones;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeAvailabilityZonesInput {
    pub(crate) zone_names: Option<Vec<String>>,
    pub(crate) zone_ids: Option<Vec<String>>,
    pub(crate) filters: Option<Vec<Filter>>,
    /// Also zones one has not opted in to: there are none, so both answers are the same.
    pub(crate) all_availability_zones: Option<bool>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DescribeAvailabilityZonesInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeAvailabilityZonesOutput {
    pub(crate) availability_zones: Vec<ZoneShape>,
}

#[derive(Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ZoneShape {
    pub(crate) zone_name: String,
    pub(crate) zone_id: String,
    pub(crate) region_name: String,
    pub(crate) group_name: String,
    pub(crate) network_border_group: String,
    pub(crate) zone_type: &'static str,
    pub(crate) state: &'static str,
    pub(crate) opt_in_status: &'static str,
    pub(crate) messages: [String; 0],
}

impl ZoneShape {
    fn of(zone: &Zone, region: &Region) -> Self {
        Self {
            zone_name: zone.name.to_string(),
            zone_id: zone.id.clone(),
            region_name: region.name.to_string(),
            group_name: format!("{}-zg-1", region.name),
            network_border_group: region.name.to_string(),
            zone_type: "availability-zone",
            state: "available",
            opt_in_status: "opt-in-not-required",
            messages: [],
        }
    }
}

impl Described for ZoneShape {
    const FILTERS: &'static [Field<Self>] = &[
        ("zone-name", |zone| one(&zone.zone_name)),
        ("zone-id", |zone| one(&zone.zone_id)),
        ("zone-type", |zone| one(zone.zone_type)),
        ("region-name", |zone| one(&zone.region_name)),
        ("group-name", |zone| one(&zone.group_name)),
        ("group-long-name", |_| Vec::new()),
        ("parent-zone-id", |_| Vec::new()),
        ("parent-zone-name", |_| Vec::new()),
        ("state", |zone| one(zone.state)),
        ("opt-in-status", |zone| one(zone.opt_in_status)),
        ("message", |_| Vec::new()),
    ];

    fn id(&self) -> &str {
        &self.zone_name
    }

    fn tags(&self) -> &[Tag] {
        &[]
    }
}

impl Query for DescribeAvailabilityZones {
    const NAME: &'static str = "DescribeAvailabilityZones";
    type Input = DescribeAvailabilityZonesInput;
    type Output = DescribeAvailabilityZonesOutput;

    fn run(
        input: &DescribeAvailabilityZonesInput,
        cx: &Reader,
    ) -> Result<DescribeAvailabilityZonesOutput, ServiceError> {
        let region = Region::current(cx)?;
        let filters = Filters::read(input.filters.as_deref())?;
        let (names, ids) =
            (input.zone_names.as_deref().unwrap_or_default(), input.zone_ids.as_deref().unwrap_or_default());
        if let Some(unknown) = names.iter().find(|name| region.zone(name).is_none()) {
            return Err(errors::zone_not_found("ZoneName", unknown));
        }
        if let Some(unknown) = ids.iter().find(|id| region.zone_by_id(id).is_none()) {
            return Err(errors::zone_not_found("ZoneId", unknown));
        }
        let everything = names.is_empty() && ids.is_empty();
        let wanted = |zone: &&Zone| everything || names.contains(&zone.name.0) || ids.contains(&zone.id);
        let zones = region.zones.iter().filter(wanted).map(|zone| ZoneShape::of(zone, region));
        Ok(DescribeAvailabilityZonesOutput {
            availability_zones: zones.filter(|zone| filters.accept(zone)).collect(),
        })
    }
}
