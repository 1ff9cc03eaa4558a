use super::PrefixListShape;
use crate::dry_run::may_dry_run;
use crate::filter::Filter;
use crate::page::Listing;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeManagedPrefixLists.html>
pub(crate) struct DescribeManagedPrefixLists;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeManagedPrefixListsInput {
    pub(crate) prefix_list_ids: Option<Vec<String>>,
    pub(crate) filters: Option<Vec<Filter>>,
    pub(crate) max_results: Option<i32>,
    pub(crate) next_token: Option<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DescribeManagedPrefixListsInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeManagedPrefixListsOutput {
    pub(crate) prefix_lists: Vec<PrefixListShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}

impl Query for DescribeManagedPrefixLists {
    const NAME: &'static str = "DescribeManagedPrefixLists";
    type Input = DescribeManagedPrefixListsInput;
    type Output = DescribeManagedPrefixListsOutput;

    fn run(
        input: &DescribeManagedPrefixListsInput,
        cx: &Reader,
    ) -> Result<DescribeManagedPrefixListsOutput, ServiceError> {
        let listing = Listing {
            ids: input.prefix_list_ids.as_deref(),
            filters: input.filters.as_deref(),
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            least: Some(1),
        };
        let (prefix_lists, next_token) = listing.run(cx, PrefixListShape::of)?;
        Ok(DescribeManagedPrefixListsOutput { prefix_lists, next_token })
    }
}
