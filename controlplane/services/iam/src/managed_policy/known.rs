//! What an ARN names: a policy of the account, or one of AWS's.

use super::{ALL, AWS, ManagedPolicy, OfAws};
use crate::entity::Entity;
use crate::errors;
use controlplane_services_kernel::{Reader, ServiceError};
use std::borrow::Cow;

/// A policy that can be attached.
#[derive(Clone, Copy)]
pub(crate) enum Known<'r> {
    /// The account's.
    Own(&'r ManagedPolicy),
    /// AWS's.
    OfAws(&'static OfAws),
}

impl<'r> Known<'r> {
    /// The policy with this ARN.
    pub(crate) fn existing(arn: &str, reader: &'r Reader) -> Result<Self, ServiceError> {
        lookup(arn, reader).ok_or_else(|| errors::policy_not_found(arn))
    }

    pub(crate) fn name(&self) -> &'r str {
        match self {
            Self::Own(policy) => &policy.name,
            Self::OfAws(policy) => policy.name,
        }
    }

    pub(crate) fn arn(&self, reader: &Reader) -> String {
        match self {
            Self::Own(policy) => policy.arn(&reader.caller.account),
            Self::OfAws(policy) => policy.arn(),
        }
    }

    pub(crate) fn path(&self) -> &'r str {
        match self {
            Self::Own(policy) => &policy.path,
            Self::OfAws(_) => "/",
        }
    }
}

/// The policy with this ARN, if there is one.
pub(crate) fn lookup<'r>(arn: &str, reader: &'r Reader) -> Option<Known<'r>> {
    match arn.strip_prefix(AWS) {
        Some(name) => ALL.iter().find(|policy| policy.name == name).map(Known::OfAws),
        None => {
            let found = ManagedPolicy::of_arn(&reader.view, &reader.caller.account, arn)?;
            Some(Known::Own(found.record))
        }
    }
}

/// The document of the policy with this ARN, as it is written.
pub(crate) fn text<'r>(arn: &str, reader: &'r Reader) -> Option<Cow<'r, str>> {
    match lookup(arn, reader)? {
        Known::Own(policy) => {
            policy.versions.get(&policy.default_version).map(|version| version.document.text().into())
        }
        Known::OfAws(policy) => Some(policy.document().into()),
    }
}
