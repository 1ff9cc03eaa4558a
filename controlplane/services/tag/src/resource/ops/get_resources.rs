//! GetResources.

use crate::errors;
use crate::resource::listing;
use controlplane_services_kernel::tagged::{Arn, TaggedResource};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// Resources on a page, if nobody says, and at most.
const PAGE: (usize, usize) = (50, 100);

/// See the module.
pub struct GetResources;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct GetResourcesInput {
    pagination_token: Option<String>,
    tag_filters: Option<Vec<TagFilter>>,
    resources_per_page: Option<usize>,
    resource_type_filters: Option<Vec<String>>,
    #[serde(rename = "ResourceARNList")]
    resource_arn_list: Option<Vec<String>>,
}

/// Resources that have this key with one of these values, or with any if there are none.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TagFilter {
    key: Option<String>,
    values: Option<Vec<String>>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetResourcesOutput {
    pagination_token: String,
    resource_tag_mapping_list: Vec<Mapping>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Mapping {
    #[serde(rename = "ResourceARN")]
    resource_arn: String,
    tags: Vec<Tag>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: String,
}

impl Query for GetResources {
    const NAME: &'static str = "GetResources";
    type Input = GetResourcesInput;
    type Output = GetResourcesOutput;

    fn run(input: &GetResourcesInput, cx: &Reader) -> Result<GetResourcesOutput, ServiceError> {
        check(input)?;
        let size = input.resources_per_page.unwrap_or(PAGE.0);
        if !(1..=PAGE.1).contains(&size) {
            return Err(errors::invalid(format!("ResourcesPerPage: {size} is not from 1 to {}", PAGE.1)));
        }
        let found = listing::all(cx).into_iter().filter(|resource| fits(input, resource));
        let token = input.pagination_token.as_deref();
        let (page, pagination_token) = listing::page(found, |resource| &resource.arn, token, size)?;
        let mapping = |resource: TaggedResource| Mapping {
            resource_arn: resource.arn,
            tags: resource.tags.into_iter().map(|(key, value)| Tag { key, value }).collect(),
        };
        let resource_tag_mapping_list = page.into_iter().map(mapping).collect();
        Ok(GetResourcesOutput { pagination_token, resource_tag_mapping_list })
    }
}

fn check(input: &GetResourcesInput) -> Result<(), ServiceError> {
    let filters = input.tag_filters.is_some() || input.resource_type_filters.is_some();
    if input.resource_arn_list.is_some() && (filters || input.resources_per_page.is_some()) {
        return Err(errors::invalid("ResourceARNList: it is not given together with filters or a page size"));
    }
    let has_no_key = |filter: &TagFilter| filter.key.is_none();
    if input.tag_filters.iter().flatten().any(has_no_key) {
        return Err(errors::invalid("TagFilters: each has a Key"));
    }
    Ok(())
}

fn fits(input: &GetResourcesInput, resource: &TaggedResource) -> bool {
    let listed = input.resource_arn_list.as_ref().is_none_or(|arns| arns.contains(&resource.arn));
    let of_type = input
        .resource_type_filters
        .as_ref()
        .is_none_or(|types| types.is_empty() || types.iter().any(|wanted| is_of_type(&resource.arn, wanted)));
    listed && of_type && input.tag_filters.iter().flatten().all(|filter| filter.fits(resource))
}

/// `ec2` or `ec2:instance`.
fn is_of_type(arn: &str, wanted: &str) -> bool {
    let Some(arn) = Arn::parse(arn) else { return false };
    match wanted.split_once(':') {
        None => arn.service == wanted,
        Some((service, kind)) => {
            arn.service == service && arn.type_and_id().is_some_and(|(found, _)| found == kind)
        }
    }
}

impl TagFilter {
    fn fits(&self, resource: &TaggedResource) -> bool {
        let value = self.key.as_ref().and_then(|key| resource.tags.get(key));
        let wanted = self.values.as_deref().unwrap_or_default();
        value.is_some_and(|value| wanted.is_empty() || wanted.contains(value))
    }
}
