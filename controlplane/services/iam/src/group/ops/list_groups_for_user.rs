//! ListGroupsForUser.

use crate::entity::Entity;
use crate::group::{Group, GroupShown};
use crate::page::page;
use crate::user::User;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ListGroupsForUser;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListGroupsForUserInput {
    user_name: String,
    marker: Option<String>,
    max_items: Option<usize>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListGroupsForUserOutput {
    groups: Vec<GroupShown>,
    is_truncated: bool,
    marker: Option<String>,
}

impl Query for ListGroupsForUser {
    const NAME: &'static str = "ListGroupsForUser";
    type Input = ListGroupsForUserInput;
    type Output = ListGroupsForUserOutput;

    fn run(input: &ListGroupsForUserInput, reader: &Reader) -> Result<ListGroupsForUserOutput, ServiceError> {
        let groups = User::existing(&input.user_name, reader)?.groups.iter();
        let groups = groups.filter_map(|name| Some((name.clone(), reader.get::<Group>(name)?)));
        let page = page(groups, input.marker.as_deref(), input.max_items)?;
        let page = page.map(|group| GroupShown::brief(group, reader));
        Ok(ListGroupsForUserOutput {
            groups: page.items,
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
