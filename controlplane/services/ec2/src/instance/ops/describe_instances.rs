use crate::dry_run::may_dry_run;
use crate::filter::Filter;
use crate::instance::Instance;
use crate::instance::shape::{InstanceShape, Reservation, ShownInstance};
use crate::page::Listing;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html>
///
/// Pages count instances. A reservation whose instances lie on two pages is shown on both, with those of its instances that
/// lie there, as AWS does.
pub(crate) struct DescribeInstances;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeInstancesInput {
    pub(crate) instance_ids: Option<Vec<String>>,
    pub(crate) filters: Option<Vec<Filter>>,
    pub(crate) max_results: Option<i32>,
    pub(crate) next_token: Option<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DescribeInstancesInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeInstancesOutput {
    pub(crate) reservations: Vec<Reservation<ShownInstance>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}

impl Query for DescribeInstances {
    const NAME: &'static str = "DescribeInstances";
    type Input = DescribeInstancesInput;
    type Output = DescribeInstancesOutput;

    fn run(input: &DescribeInstancesInput, cx: &Reader) -> Result<DescribeInstancesOutput, ServiceError> {
        let listing = Listing {
            ids: input.instance_ids.as_deref(),
            filters: input.filters.as_deref(),
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            ..Listing::default()
        };
        let (instances, next_token) =
            listing.run_stored::<Instance, InstanceShape, _>(cx, ShownInstance::of)?;
        Ok(DescribeInstancesOutput { reservations: Reservation::group(instances, cx), next_token })
    }
}
