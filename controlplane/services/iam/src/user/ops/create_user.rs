//! CreateUser.

use crate::entity::{self, Entity};
use crate::permissions::{self, Permissions};
use crate::tag::{self, Tag};
use crate::user::{User, UserShown};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct CreateUser;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateUserInput {
    user_name: String,
    path: Option<String>,
    permissions_boundary: Option<String>,
    tags: Option<Vec<Tag>>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateUserOutput {
    user: UserShown,
}

impl Operation for CreateUser {
    const NAME: &'static str = "CreateUser";
    type Input = CreateUserInput;
    type Output = CreateUserOutput;

    fn run(input: &CreateUserInput, cx: &mut Context) -> Result<CreateUserOutput, ServiceError> {
        let user = User {
            user_id: entity::new::<User>(&input.user_name, cx)?,
            name: input.user_name.clone(),
            path: entity::path_or_root(input.path.as_deref()),
            created_at: cx.now,
            permissions: Permissions {
                boundary: permissions::boundary(input.permissions_boundary.as_deref(), cx)?,
                ..Permissions::default()
            },
            groups: Default::default(),
            tags: tag::given(input.tags.as_deref())?,
        };
        let shown = UserShown::whole(&user, cx);
        user.store(cx);
        Ok(CreateUserOutput { user: shown })
    }
}
