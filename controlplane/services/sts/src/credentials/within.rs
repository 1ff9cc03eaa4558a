//! The policies a session is kept within.

use super::shapes::PolicyDescriptor;
use crate::errors;
use controlplane_services_iam::entity::Entity;
use controlplane_services_iam::managed_policy::{self, ManagedPolicy};
use controlplane_services_iam::policy::{Policy, Purpose};
use controlplane_services_kernel::{Reader, ServiceError};
use controlplane_types::AccountId;

/// Characters of a document that AWS takes.
const DOCUMENT: usize = 2048;
/// Managed policies that AWS takes.
const MANAGED: usize = 10;

/// Documents and managed policies of one session.
#[derive(Debug, Default)]
pub(super) struct Within {
    pub(super) policy: Option<String>,
    pub(super) policy_arns: Vec<String>,
}

impl Within {
    /// Checks what was given. Managed policies are those of `account` and AWS's.
    pub(super) fn read(
        policy: Option<&str>,
        arns: &[PolicyDescriptor],
        account: &AccountId,
        cx: &Reader,
    ) -> Result<Self, ServiceError> {
        if let Some(text) = policy {
            Policy::parse(text, Purpose::Identity).map_err(|error| errors::malformed_policy(error.0))?;
            if text.chars().count() > DOCUMENT {
                return Err(errors::packed_too_large(text.chars().count() * 100 / DOCUMENT));
            }
        }
        if arns.len() > MANAGED {
            return Err(errors::invalid(format!(
                "A session is kept within at most {MANAGED} managed policies"
            )));
        }
        let is_there = |arn: &str| {
            managed_policy::of_aws(arn).is_some() || ManagedPolicy::of_arn(&cx.view, account, arn).is_some()
        };
        if let Some(gone) = arns.iter().find(|given| !is_there(&given.arn)) {
            return Err(errors::malformed_policy(format!("Policy {} does not exist", gone.arn)));
        }
        let policy_arns = arns.iter().map(|given| given.arn.clone()).collect();
        Ok(Self { policy: policy.map(str::to_owned), policy_arns })
    }

    /// Percent of the room for policies that is taken; absent where none is given.
    pub(super) fn packed(&self) -> Option<i32> {
        let names: usize = self.policy_arns.iter().map(String::len).sum();
        let size = self.policy.as_ref().map_or(0, String::len) + names;
        (size > 0).then(|| (size * 100).div_ceil(DOCUMENT * 2) as i32)
    }
}
