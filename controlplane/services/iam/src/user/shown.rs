use super::User;
use crate::entity::Entity;
use crate::permissions::Boundary;
use crate::tag::{self, Tag};
use controlplane_services_kernel::Reader;
use controlplane_types::Timestamp;
use serde::Serialize;

/// A user as AWS shows it. The root has neither name nor path.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UserShown {
    pub(super) path: Option<String>,
    pub(super) user_name: Option<String>,
    pub(super) user_id: String,
    pub(super) arn: String,
    pub(super) create_date: Option<Timestamp>,
    pub(super) permissions_boundary: Option<Boundary>,
    pub(super) tags: Option<Vec<Tag>>,
}

impl UserShown {
    /// As listings show it.
    pub(crate) fn brief(user: &User, reader: &Reader) -> Self {
        Self {
            path: Some(user.path.clone()),
            user_name: Some(user.name.clone()),
            user_id: user.user_id.clone(),
            arn: user.arn(&reader.caller.account),
            create_date: Some(user.created_at),
            permissions_boundary: None,
            tags: None,
        }
    }

    /// With everything.
    pub(crate) fn whole(user: &User, reader: &Reader) -> Self {
        Self {
            permissions_boundary: Boundary::of(&user.permissions),
            tags: tag::shown(&user.tags),
            ..Self::brief(user, reader)
        }
    }
}
