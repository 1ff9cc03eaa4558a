use super::{Known, lookup};
use crate::entity::Entity;
use crate::errors;
use crate::policy::{Document, Policy};
use crate::tag::Tagged;
use controlplane_services_kernel::quota::{self, Quota};
use controlplane_services_kernel::{Reader, Record, ServiceError};
use controlplane_types::Timestamp;
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;

/// A managed policy. Id: the name in lower case.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct ManagedPolicy {
    /// As it was given.
    #[n(0)]
    pub name: String,
    /// `/` or `/division/`.
    #[n(1)]
    pub path: String,
    /// `ANPA...`
    #[n(2)]
    pub policy_id: String,
    /// When it was made.
    #[n(3)]
    pub created_at: Timestamp,
    /// When its newest version was made.
    #[n(4)]
    pub updated_at: Timestamp,
    /// For people; never changed.
    #[n(5)]
    pub description: Option<String>,
    /// By number: 1 is `v1`. At most five.
    #[n(6)]
    pub versions: BTreeMap<u32, Version>,
    /// The one that counts.
    #[n(7)]
    pub default_version: u32,
    /// Number of the newest version there ever was.
    #[n(8)]
    pub newest_version: u32,
    /// Tags.
    #[n(9)]
    pub tags: BTreeMap<String, String>,
}

/// A version of a managed policy.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Version {
    /// What it says.
    #[n(0)]
    pub document: Document,
    /// When it was made.
    #[n(1)]
    pub created_at: Timestamp,
}

impl ManagedPolicy {
    /// The version AWS calls `v3`, with its number.
    pub(crate) fn version(&self, id: &str) -> Option<(u32, &Version)> {
        let number = id.strip_prefix('v')?.parse().ok()?;
        Some((number, self.versions.get(&number)?))
    }

    /// What it says now.
    pub fn policy(&self) -> Option<&Policy> {
        self.versions.get(&self.default_version).map(|version| version.document.policy())
    }
}

impl Record for ManagedPolicy {
    const KIND: &'static str = "iam_policy";
    const GLOBAL: bool = true;
}

impl Entity for ManagedPolicy {
    const NOUN: &'static str = "policy";
    const PREFIX: &'static str = "ANPA";
    const QUOTA: (&'static str, &'static Quota) = ("PoliciesPerAccount", &quota::IAM_POLICIES);

    fn name(&self) -> &str {
        &self.name
    }

    fn path(&self) -> &str {
        &self.path
    }

    fn existing<'r>(arn: &str, reader: &'r Reader) -> Result<&'r Self, ServiceError> {
        match lookup(arn, reader) {
            Some(Known::Own(policy)) => Ok(policy),
            Some(Known::OfAws(_)) => Err(errors::policy_of_aws(arn)),
            None => Err(errors::policy_not_found(arn)),
        }
    }
}

impl Tagged for ManagedPolicy {
    fn tags(&self) -> &BTreeMap<String, String> {
        &self.tags
    }

    fn tags_mut(&mut self) -> &mut BTreeMap<String, String> {
        &mut self.tags
    }
}
