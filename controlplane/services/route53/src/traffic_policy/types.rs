use super::document;
use crate::errors;
use controlplane_services_kernel::{Reader, Record, ServiceError, Stored};
use controlplane_types::Timestamp;
use minicbor::{Decode, Encode};
use serde::Serialize;

/// Versions of one policy, and so the highest number.
pub(super) const VERSIONS_MAX: i32 = 1000;

/// A policy with a version that is not deleted. Id: a UUID.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct TrafficPolicy {
    /// Unique in the account.
    #[n(0)]
    pub name: String,
    /// The highest number ever given.
    #[n(1)]
    pub newest: i32,
    /// The order of listings.
    #[n(2)]
    pub created_at: Timestamp,
}

impl Record for TrafficPolicy {
    const KIND: &'static str = "traffic_policy";
    const GLOBAL: bool = true;
}

/// One version. Id: id of the policy and number.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct TrafficPolicyVersion {
    /// The policy's name; here too because it outlives the policy.
    #[n(0)]
    pub name: String,
    /// Type of the records it makes.
    #[n(1)]
    pub kind: String,
    /// As given.
    #[n(2)]
    pub document: String,
    /// What the client wrote about it.
    #[n(3)]
    pub comment: Option<String>,
    /// Only there to be looked up.
    #[n(4)]
    pub deleted: bool,
}

impl Record for TrafficPolicyVersion {
    const KIND: &'static str = "traffic_policy_version";
    const GLOBAL: bool = true;
}

impl TrafficPolicyVersion {
    /// A version with a document that record sets can be made of.
    pub(super) fn read(name: &str, document: &str, comment: Option<String>) -> Result<Self, ServiceError> {
        Ok(Self {
            name: name.to_owned(),
            kind: document::read(document)?.kind.as_str().to_owned(),
            document: document.to_owned(),
            comment,
            deleted: false,
        })
    }

    /// Id of a version's record; in numerical order.
    pub(crate) fn id_of(policy_id: &str, number: i32) -> String {
        format!("{policy_id}/{number:04}")
    }

    /// The version, deleted or not.
    pub(super) fn ever<'r>(policy_id: &str, number: i32, cx: &'r Reader) -> Result<&'r Self, ServiceError> {
        cx.get::<Self>(&Self::id_of(policy_id, number))
            .ok_or_else(|| errors::no_such_traffic_policy(policy_id, number))
    }

    /// The version, unless it is deleted.
    pub(crate) fn existing<'r>(
        policy_id: &str,
        number: i32,
        cx: &'r Reader,
    ) -> Result<&'r Self, ServiceError> {
        let found = Self::ever(policy_id, number, cx)?;
        if found.deleted { Err(errors::no_such_traffic_policy(policy_id, number)) } else { Ok(found) }
    }

    /// Versions of a policy that are not deleted, from a number on.
    pub(super) fn of_policy<'r>(
        policy_id: &str,
        from: i32,
        cx: &'r Reader,
    ) -> impl Iterator<Item = Stored<'r, Self>> + use<'r> {
        let prefix = format!("{policy_id}/");
        cx.list_from::<Self>(&Self::id_of(policy_id, from))
            .take_while(move |found| found.key.id().starts_with(&prefix))
            .filter(|found| !found.deleted)
    }
}

/// Policy and number out of the id of a version's record.
pub(super) fn number_of(id: &str) -> i32 {
    id.rsplit('/').next().and_then(|number| number.parse().ok()).unwrap_or_default()
}

/// A version as AWS shows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TrafficPolicyShown {
    id: String,
    version: i32,
    name: String,
    r#type: String,
    document: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
}

impl TrafficPolicyShown {
    pub(super) fn of(policy_id: &str, number: i32, version: &TrafficPolicyVersion) -> Self {
        Self {
            id: policy_id.to_owned(),
            version: number,
            name: version.name.clone(),
            r#type: version.kind.clone(),
            document: version.document.clone(),
            comment: version.comment.clone(),
        }
    }
}
