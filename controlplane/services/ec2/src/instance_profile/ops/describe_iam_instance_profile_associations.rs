use crate::filter::{Filter, Filters};
use crate::instance::{Instance, State};
use crate::instance_profile::{AssociationShape, BY_ASSOCIATION, holder};
use crate::page::Listing;
use controlplane_services_kernel::{Query, Reader, ServiceError, Stored};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeIamInstanceProfileAssociations.html>
pub(crate) struct DescribeIamInstanceProfileAssociations;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeIamInstanceProfileAssociationsInput {
    pub(crate) association_ids: Option<Vec<String>>,
    pub(crate) filters: Option<Vec<Filter>>,
    pub(crate) max_results: Option<i32>,
    pub(crate) next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeIamInstanceProfileAssociationsOutput {
    iam_instance_profile_associations: Vec<AssociationShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Query for DescribeIamInstanceProfileAssociations {
    const NAME: &'static str = "DescribeIamInstanceProfileAssociations";
    type Input = DescribeIamInstanceProfileAssociationsInput;
    type Output = DescribeIamInstanceProfileAssociationsOutput;

    fn run(
        input: &DescribeIamInstanceProfileAssociationsInput,
        cx: &Reader,
    ) -> Result<DescribeIamInstanceProfileAssociationsOutput, ServiceError> {
        let filters = Filters::<AssociationShape>::read(input.filters.as_deref())?;
        let listing = Listing {
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            ..Listing::default()
        };
        let ids = input.association_ids.as_deref().filter(|ids| !ids.is_empty());
        let found: Vec<Stored<'_, Instance>> = match ids {
            Some(ids) => ids.iter().map(|id| holder(id, cx)).collect::<Result<_, _>>()?,
            None => cx.list::<Instance>().filter(|found| found.state != State::Terminated).collect(),
        };
        let shown = found.into_iter().filter_map(|found| {
            let association = found.record.profile.as_ref()?;
            Some(AssociationShape::of(found.key.id(), association, "associated"))
        });
        let by_id: BTreeMap<String, AssociationShape> =
            shown.map(|shown| (shown.association_id.clone(), shown)).collect();
        let accepted = by_id.into_values().filter(|shown| filters.accept(shown));
        let (page, next_token) =
            listing.cut(BY_ASSOCIATION, accepted, |shown| shown.association_id.clone())?;
        Ok(DescribeIamInstanceProfileAssociationsOutput {
            iam_instance_profile_associations: page,
            next_token,
        })
    }
}
