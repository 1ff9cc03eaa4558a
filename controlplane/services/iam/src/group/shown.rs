use super::Group;
use crate::entity::Entity;
use controlplane_services_kernel::Reader;
use controlplane_types::Timestamp;
use serde::Serialize;

/// A group as AWS shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GroupShown {
    path: String,
    group_name: String,
    group_id: String,
    arn: String,
    create_date: Timestamp,
}

impl GroupShown {
    pub(crate) fn brief(group: &Group, reader: &Reader) -> Self {
        Self {
            path: group.path.clone(),
            group_name: group.name.clone(),
            group_id: group.group_id.clone(),
            arn: group.arn(&reader.caller.account),
            create_date: group.created_at,
        }
    }
}
