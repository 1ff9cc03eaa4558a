use super::InstanceProfile;
use crate::entity::Entity;
use crate::role::{Role, RoleShown};
use crate::tag::{self, Tag};
use controlplane_services_kernel::Reader;
use controlplane_types::Timestamp;
use serde::Serialize;

/// An instance profile as AWS shows it, with its role.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct InstanceProfileShown {
    path: String,
    instance_profile_name: String,
    instance_profile_id: String,
    arn: String,
    create_date: Timestamp,
    roles: Vec<RoleShown>,
    tags: Option<Vec<Tag>>,
}

impl InstanceProfileShown {
    /// As listings show it.
    pub(crate) fn brief(profile: &InstanceProfile, reader: &Reader) -> Self {
        let role = profile.role.as_ref().and_then(|role| reader.get::<Role>(role));
        Self {
            path: profile.path.clone(),
            instance_profile_name: profile.name.clone(),
            instance_profile_id: profile.instance_profile_id.clone(),
            arn: profile.arn(&reader.caller.account),
            create_date: profile.created_at,
            roles: role.iter().map(|role| RoleShown::brief(role, reader)).collect(),
            tags: None,
        }
    }

    /// With everything.
    pub(crate) fn whole(profile: &InstanceProfile, reader: &Reader) -> Self {
        Self { tags: tag::shown(&profile.tags), ..Self::brief(profile, reader) }
    }
}
