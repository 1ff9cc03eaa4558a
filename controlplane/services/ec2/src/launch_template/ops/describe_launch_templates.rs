use super::ShownTemplate;
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::filter::Filter;
use crate::launch_template::{LaunchTemplate, find_by_name};
use crate::page::Listing;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeLaunchTemplates.html>
pub(crate) struct DescribeLaunchTemplates;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeLaunchTemplatesInput {
    pub(crate) launch_template_ids: Option<Vec<String>>,
    pub(crate) launch_template_names: Option<Vec<String>>,
    pub(crate) filters: Option<Vec<Filter>>,
    pub(crate) max_results: Option<i32>,
    pub(crate) next_token: Option<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DescribeLaunchTemplatesInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeLaunchTemplatesOutput {
    pub(crate) launch_templates: Vec<ShownTemplate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}

impl Query for DescribeLaunchTemplates {
    const NAME: &'static str = "DescribeLaunchTemplates";
    type Input = DescribeLaunchTemplatesInput;
    type Output = DescribeLaunchTemplatesOutput;

    fn run(
        input: &DescribeLaunchTemplatesInput,
        cx: &Reader,
    ) -> Result<DescribeLaunchTemplatesOutput, ServiceError> {
        let mut ids = input.launch_template_ids.clone().unwrap_or_default();
        for name in input.launch_template_names.iter().flatten() {
            let found = find_by_name(name, cx).ok_or_else(|| errors::no_launch_template_named(name))?;
            ids.push(found.key.id().to_owned());
        }
        let listing = Listing {
            ids: Some(&ids),
            filters: input.filters.as_deref(),
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            least: Some(1),
        };
        let (launch_templates, next_token) = listing.run::<LaunchTemplate, _>(cx, ShownTemplate::new)?;
        Ok(DescribeLaunchTemplatesOutput { launch_templates, next_token })
    }
}
