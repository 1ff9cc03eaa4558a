//! ListUsers.

use crate::entity::under;
use crate::page::page;
use crate::user::{User, UserShown};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ListUsers;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListUsersInput {
    path_prefix: Option<String>,
    marker: Option<String>,
    max_items: Option<usize>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListUsersOutput {
    users: Vec<UserShown>,
    is_truncated: bool,
    marker: Option<String>,
}

impl Query for ListUsers {
    const NAME: &'static str = "ListUsers";
    type Input = ListUsersInput;
    type Output = ListUsersOutput;

    fn run(input: &ListUsersInput, reader: &Reader) -> Result<ListUsersOutput, ServiceError> {
        let found = under::<User>(input.path_prefix.as_deref(), reader);
        let page = page(found, input.marker.as_deref(), input.max_items)?;
        let page = page.map(|found| UserShown::brief(found, reader));
        Ok(ListUsersOutput { users: page.items, is_truncated: page.is_truncated, marker: page.marker })
    }
}
