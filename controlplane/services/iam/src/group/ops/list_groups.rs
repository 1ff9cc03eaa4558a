//! ListGroups.

use crate::entity::under;
use crate::group::{Group, GroupShown};
use crate::page::page;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ListGroups;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListGroupsInput {
    path_prefix: Option<String>,
    marker: Option<String>,
    max_items: Option<usize>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListGroupsOutput {
    groups: Vec<GroupShown>,
    is_truncated: bool,
    marker: Option<String>,
}

impl Query for ListGroups {
    const NAME: &'static str = "ListGroups";
    type Input = ListGroupsInput;
    type Output = ListGroupsOutput;

    fn run(input: &ListGroupsInput, reader: &Reader) -> Result<ListGroupsOutput, ServiceError> {
        let found = under::<Group>(input.path_prefix.as_deref(), reader);
        let page = page(found, input.marker.as_deref(), input.max_items)?;
        let page = page.map(|found| GroupShown::brief(found, reader));
        Ok(ListGroupsOutput { groups: page.items, is_truncated: page.is_truncated, marker: page.marker })
    }
}
