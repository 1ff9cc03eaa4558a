//! Credentials for the programs of an instance: those of the role its profile names.
//!
//! EC2 assumes the role for the instance, so the role's trust policy has to name `ec2.amazonaws.com`. The session is called like
//! the instance and lasts six hours whatever the role's longest session is, as in AWS. No client asks for these: the agent does,
//! on whose node the instance is.

use crate::session_token;
use controlplane_services_iam::authorize::of_request;
use controlplane_services_iam::entity::Entity;
use controlplane_services_iam::policy::{Attached, Decision, Identity, Policies, Request, decide};
use controlplane_services_iam::role::Role;
use controlplane_services_kernel::client::{Session, SessionOf};
use controlplane_services_kernel::{Context, ServiceError};
use controlplane_types::{AccountId, Timestamp};
use std::fmt;
use std::time::Duration;

/// How long they are good.
const LIFE: Duration = Duration::from_secs(6 * 3600);
/// Who assumes the role.
const EC2: &str = "ec2.amazonaws.com";

/// What an instance signs with.
#[derive(Clone, PartialEq)]
pub struct InstanceCredentials {
    /// The role, as it was named.
    pub role: String,
    /// `ASIA...`
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: String,
    /// What goes along with it.
    pub session_token: String,
    /// Good until then.
    pub expires_at: Timestamp,
}

/// Secrets stay out of logs.
impl fmt::Debug for InstanceCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InstanceCredentials").field("role", &self.role).finish_non_exhaustive()
    }
}

/// Why there are none.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum NoCredentials {
    /// The role is gone.
    #[error("the role {0} does not exist")]
    NoRole(String),
    /// The role does not trust EC2.
    #[error("EC2 cannot assume the role {0}: its trust policy does not name {EC2}")]
    NotTrusted(String),
    /// Sealing failed.
    #[error(transparent)]
    Failed(#[from] ServiceError),
}

/// Credentials of `role` for an instance of the same account.
pub fn issue(
    account: &AccountId,
    role: &str,
    instance_id: &str,
    cx: &mut Context,
) -> Result<InstanceCredentials, NoCredentials> {
    let found = Role::find(&cx.view, account, role);
    let role = found.ok_or_else(|| NoCredentials::NoRole(role.to_owned()))?.record.clone();
    if !trusts_ec2(&role, account, cx) {
        return Err(NoCredentials::NotTrusted(role.name));
    }
    let of = SessionOf::Role {
        name: role.name.clone(),
        role_id: role.role_id.clone(),
        session: instance_id.to_owned(),
    };
    let expires_at = cx.now + LIFE;
    let session = Session {
        of,
        issued_at: cx.now,
        expires_at,
        policy: None,
        policy_arns: Vec::default(),
        tags: Default::default(),
        transitive: Default::default(),
        source_identity: None,
        provider: None,
    };
    let issued = session_token::issue(account.clone(), session, cx)?;
    Ok(InstanceCredentials {
        role: role.name,
        access_key_id: issued.access_key_id,
        secret_access_key: issued.secret,
        session_token: issued.token,
        expires_at,
    })
}

fn trusts_ec2(role: &Role, account: &AccountId, cx: &Context) -> bool {
    let trust = Attached { name: "trust", policy: role.trust.policy() };
    let policies = Policies { resource: Some(trust), ..Policies::default() };
    let request = Request {
        service: "sts",
        action: "AssumeRole",
        resource: &role.arn(account),
        identity: Identity { service: Some(EC2), ..Identity::default() },
        facts: &of_request(cx),
    };
    decide(&policies, &request).decision == Decision::Allowed
}

#[cfg(test)]
mod tests;
