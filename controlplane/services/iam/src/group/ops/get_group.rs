//! GetGroup: a group and who is in it.

use crate::entity::Entity;
use crate::group::{Group, GroupShown};
use crate::page::page;
use crate::user::UserShown;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct GetGroup;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetGroupInput {
    group_name: String,
    marker: Option<String>,
    max_items: Option<usize>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetGroupOutput {
    group: GroupShown,
    users: Vec<UserShown>,
    is_truncated: bool,
    marker: Option<String>,
}

impl Query for GetGroup {
    const NAME: &'static str = "GetGroup";
    type Input = GetGroupInput;
    type Output = GetGroupOutput;

    fn run(input: &GetGroupInput, reader: &Reader) -> Result<GetGroupOutput, ServiceError> {
        let group = Group::existing(&input.group_name, reader)?;
        let users = group.users(reader).map(|user| (user.name.to_lowercase(), user));
        let page = page(users, input.marker.as_deref(), input.max_items)?;
        let page = page.map(|user| UserShown::brief(user, reader));
        Ok(GetGroupOutput {
            group: GroupShown::brief(group, reader),
            users: page.items,
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
