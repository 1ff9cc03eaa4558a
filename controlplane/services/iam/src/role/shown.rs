use super::Role;
use crate::documents;
use crate::entity::Entity;
use crate::last_use::LastUse;
use crate::permissions::Boundary;
use crate::tag::{self, Tag};
use controlplane_services_kernel::Reader;
use controlplane_types::Timestamp;
use serde::Serialize;

/// A role as AWS shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RoleShown {
    path: String,
    role_name: String,
    role_id: String,
    arn: String,
    create_date: Timestamp,
    assume_role_policy_document: String,
    description: Option<String>,
    max_session_duration: u32,
    permissions_boundary: Option<Boundary>,
    tags: Option<Vec<Tag>>,
    role_last_used: Option<RoleLastUsed>,
}

/// Empty of a role that was never used.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct RoleLastUsed {
    last_used_date: Option<Timestamp>,
    region: Option<String>,
}

impl RoleShown {
    /// As listings show it.
    pub(crate) fn brief(role: &Role, reader: &Reader) -> Self {
        Self {
            path: role.path.clone(),
            role_name: role.name.clone(),
            role_id: role.role_id.clone(),
            arn: role.arn(&reader.caller.account),
            create_date: role.created_at,
            assume_role_policy_document: documents::encoded(role.trust.text()),
            description: role.description.clone(),
            max_session_duration: role.max_session_secs,
            permissions_boundary: None,
            tags: None,
            role_last_used: None,
        }
    }

    /// With everything.
    pub(crate) fn whole(role: &Role, reader: &Reader) -> Self {
        Self {
            permissions_boundary: Boundary::of(&role.permissions),
            tags: tag::shown(&role.tags),
            ..Self::brief(role, reader)
        }
    }

    /// With everything, and when it was last used.
    pub(crate) fn with_use(role: &Role, reader: &Reader) -> Self {
        let used = LastUse::of_role(role, reader);
        let shown = RoleLastUsed {
            last_used_date: used.map(|used| used.at),
            region: used.map(|used| used.region.clone()),
        };
        Self { role_last_used: Some(shown), ..Self::whole(role, reader) }
    }
}
