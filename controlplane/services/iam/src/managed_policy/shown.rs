use super::{Known, ManagedPolicy, OfAws, Usage, Version};
use crate::documents;
use crate::entity::Entity;
use crate::tag::{self, Tag};
use controlplane_services_kernel::Reader;
use controlplane_types::Timestamp;
use serde::Serialize;

/// A managed policy as AWS shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PolicyShown {
    policy_name: String,
    policy_id: String,
    arn: String,
    path: String,
    default_version_id: String,
    attachment_count: usize,
    permissions_boundary_usage_count: usize,
    is_attachable: bool,
    description: Option<String>,
    create_date: Timestamp,
    update_date: Timestamp,
    tags: Option<Vec<Tag>>,
}

impl PolicyShown {
    /// As listings show it.
    pub(crate) fn brief(policy: Known<'_>, reader: &Reader) -> Self {
        match policy {
            Known::Own(policy) => Self::own(policy, reader),
            Known::OfAws(policy) => Self::of_aws(policy, reader),
        }
    }

    /// With everything.
    pub(crate) fn whole(policy: Known<'_>, reader: &Reader) -> Self {
        let shown = Self::brief(policy, reader);
        match policy {
            Known::Own(policy) => {
                Self { description: policy.description.clone(), tags: tag::shown(&policy.tags), ..shown }
            }
            Known::OfAws(policy) => Self { description: Some(policy.description.to_owned()), ..shown },
        }
    }

    fn own(policy: &ManagedPolicy, reader: &Reader) -> Self {
        let arn = policy.arn(&reader.caller.account);
        let usage = Usage::of(&arn, reader);
        Self {
            policy_name: policy.name.clone(),
            policy_id: policy.policy_id.clone(),
            arn,
            path: policy.path.clone(),
            default_version_id: format!("v{}", policy.default_version),
            attachment_count: usage.attached,
            permissions_boundary_usage_count: usage.bounds,
            is_attachable: true,
            description: None,
            create_date: policy.created_at,
            update_date: policy.updated_at,
            tags: None,
        }
    }

    fn of_aws(policy: &OfAws, reader: &Reader) -> Self {
        let arn = policy.arn();
        let usage = Usage::of(&arn, reader);
        Self {
            policy_name: policy.name.to_owned(),
            policy_id: policy.id(),
            arn,
            path: "/".to_owned(),
            default_version_id: "v1".to_owned(),
            attachment_count: usage.attached,
            permissions_boundary_usage_count: usage.bounds,
            is_attachable: true,
            description: None,
            create_date: OfAws::CREATED,
            update_date: OfAws::CREATED,
            tags: None,
        }
    }
}

/// A version as AWS shows it. Listings leave the document out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct VersionShown {
    document: Option<String>,
    version_id: String,
    is_default_version: bool,
    create_date: Timestamp,
}

impl VersionShown {
    pub(crate) fn brief(number: u32, version: &Version, policy: &ManagedPolicy) -> Self {
        Self {
            document: None,
            version_id: format!("v{number}"),
            is_default_version: number == policy.default_version,
            create_date: version.created_at,
        }
    }

    pub(crate) fn whole(number: u32, version: &Version, policy: &ManagedPolicy) -> Self {
        Self {
            document: Some(documents::encoded(version.document.text())),
            ..Self::brief(number, version, policy)
        }
    }

    /// The only version of a policy of AWS's.
    pub(crate) fn of_aws(policy: &OfAws) -> Self {
        Self { document: Some(documents::encoded(&policy.document())), ..Self::of_aws_brief() }
    }

    pub(crate) fn of_aws_brief() -> Self {
        Self {
            document: None,
            version_id: "v1".to_owned(),
            is_default_version: true,
            create_date: OfAws::CREATED,
        }
    }
}
