//! ListRoles.

use crate::entity::under;
use crate::page::page;
use crate::role::{Role, RoleShown};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ListRoles;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListRolesInput {
    path_prefix: Option<String>,
    marker: Option<String>,
    max_items: Option<usize>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListRolesOutput {
    roles: Vec<RoleShown>,
    is_truncated: bool,
    marker: Option<String>,
}

impl Query for ListRoles {
    const NAME: &'static str = "ListRoles";
    type Input = ListRolesInput;
    type Output = ListRolesOutput;

    fn run(input: &ListRolesInput, reader: &Reader) -> Result<ListRolesOutput, ServiceError> {
        let found = under::<Role>(input.path_prefix.as_deref(), reader);
        let page = page(found, input.marker.as_deref(), input.max_items)?;
        let page = page.map(|found| RoleShown::brief(found, reader));
        Ok(ListRolesOutput { roles: page.items, is_truncated: page.is_truncated, marker: page.marker })
    }
}
