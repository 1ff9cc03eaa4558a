//! A role's session begins: the same for whoever was let in, however that was found out.

use super::Tags;
use super::shapes::{AssumedRoleUser, Credentials, PolicyDescriptor};
use super::within::Within;
use crate::errors;
use crate::session_token;
use controlplane_services_iam::role::Role;
use controlplane_services_kernel::client::{Session, SessionOf};
use controlplane_services_kernel::{Context, ServiceError};
use controlplane_types::AccountId;
use std::collections::BTreeSet;
use std::time::Duration;

const DEFAULT_SECS: u32 = 3600;

/// What a session is to be.
pub(super) struct Beginning<'a> {
    pub(super) session_name: &'a str,
    pub(super) secs: u32,
    pub(super) policy: Option<&'a str>,
    pub(super) policy_arns: Option<&'a [PolicyDescriptor]>,
    pub(super) tags: Tags,
    pub(super) transitive: BTreeSet<String>,
    pub(super) source_identity: Option<String>,
    /// The identity provider that let it in.
    pub(super) provider: Option<String>,
}

/// What has begun.
pub(super) struct Begun {
    pub(super) user: AssumedRoleUser,
    pub(super) credentials: Credentials,
    pub(super) packed_policy_size: Option<i32>,
}

/// How long a session of `role` lasts.
pub(super) fn duration(asked: Option<u32>, role: &Role) -> Result<u32, ServiceError> {
    let secs = asked.unwrap_or(DEFAULT_SECS);
    match secs > role.max_session_secs {
        true => Err(errors::invalid(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        )),
        false => Ok(secs),
    }
}

/// Begins a session of `role`.
pub(super) fn begin(
    role: &Role,
    account: &AccountId,
    beginning: Beginning<'_>,
    cx: &mut Context,
) -> Result<Begun, ServiceError> {
    let Beginning { session_name, secs, policy, policy_arns, .. } = beginning;
    let within = Within::read(policy, policy_arns.unwrap_or_default(), account, cx)?;
    let packed_policy_size = within.packed();
    let of = SessionOf::Role {
        name: role.name.clone(),
        role_id: role.role_id.clone(),
        session: session_name.to_owned(),
    };
    let expires_at = cx.now + Duration::from_secs(secs.into());
    let session = Session {
        of,
        issued_at: cx.now,
        expires_at,
        policy: within.policy,
        policy_arns: within.policy_arns,
        tags: beginning.tags,
        transitive: beginning.transitive,
        source_identity: beginning.source_identity,
        provider: beginning.provider,
    };
    let user = AssumedRoleUser {
        assumed_role_id: format!("{}:{session_name}", role.role_id),
        arn: format!("arn:aws:sts::{account}:assumed-role/{}/{session_name}", role.name),
    };
    let issued = session_token::issue(account.clone(), session, cx)?;
    Ok(Begun { user, credentials: Credentials::new(issued, expires_at), packed_policy_size })
}
