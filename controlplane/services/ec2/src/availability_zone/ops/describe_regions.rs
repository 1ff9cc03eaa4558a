use crate::dry_run::may_dry_run;
use crate::errors;
use crate::filter::{Described, Field, Filter, Filters, one};
use crate::tag::Tag;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use controlplane_services_native::Region;
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html>
pub(crate) struct DescribeRegions;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeRegionsInput {
    pub(crate) region_names: Option<Vec<String>>,
    pub(crate) filters: Option<Vec<Filter>>,
    /// Also regions one has not opted in to: there are none, so both answers are the same.
    pub(crate) all_regions: Option<bool>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DescribeRegionsInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeRegionsOutput {
    pub(crate) regions: Vec<RegionShape>,
}

#[derive(Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RegionShape {
    pub(crate) region_name: String,
    pub(crate) endpoint: String,
    pub(crate) opt_in_status: &'static str,
}

impl RegionShape {
    fn of(region: &Region) -> Self {
        Self {
            region_name: region.name.to_string(),
            endpoint: format!("ec2.{}.amazonaws.com", region.name),
            opt_in_status: "opt-in-not-required",
        }
    }
}

impl Described for RegionShape {
    const FILTERS: &'static [Field<Self>] = &[
        ("region-name", |region| one(&region.region_name)),
        ("endpoint", |region| one(&region.endpoint)),
        ("opt-in-status", |region| one(region.opt_in_status)),
    ];

    fn id(&self) -> &str {
        &self.region_name
    }

    fn tags(&self) -> &[Tag] {
        &[]
    }
}

impl Query for DescribeRegions {
    const NAME: &'static str = "DescribeRegions";
    type Input = DescribeRegionsInput;
    type Output = DescribeRegionsOutput;

    fn run(input: &DescribeRegionsInput, cx: &Reader) -> Result<DescribeRegionsOutput, ServiceError> {
        let filters = Filters::read(input.filters.as_deref())?;
        let names = input.region_names.as_deref().unwrap_or_default();
        if let Some(unknown) = names.iter().find(|name| Region::named(&cx.view, name).is_none()) {
            return Err(errors::region_not_found(unknown));
        }
        let wanted =
            |region: &&&Region| names.is_empty() || names.iter().any(|name| name == region.name.as_str());
        let mut regions = Region::all(&cx.view);
        regions.sort_by(|one, other| one.name.cmp(&other.name));
        let shapes = regions.iter().filter(wanted).map(|region| RegionShape::of(region));
        Ok(DescribeRegionsOutput { regions: shapes.filter(|region| filters.accept(region)).collect() })
    }
}
