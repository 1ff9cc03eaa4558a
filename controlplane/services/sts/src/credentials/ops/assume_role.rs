use crate::credentials::Tags;
use crate::credentials::begin::{Beginning, begin, duration};
use crate::credentials::shapes::{self, AssumedRoleUser, Credentials, PolicyDescriptor, Tag, tags};
use crate::credentials::trust::{self, Asked};
use crate::errors;
use controlplane_services_iam::entity::Entity;
use controlplane_services_iam::role::Role;
use controlplane_services_kernel::client::{Principal, Session, SessionOf};
use controlplane_services_kernel::{Access, Context, Operation, Reader, ServiceError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
pub(crate) struct AssumeRole;

/// A role's session that assumes another role gets no longer ones.
const CHAINED_SECS: u32 = 3600;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct AssumeRoleInput {
    pub(crate) role_arn: String,
    pub(crate) role_session_name: String,
    pub(crate) policy: Option<String>,
    pub(crate) policy_arns: Option<Vec<PolicyDescriptor>>,
    pub(crate) duration_seconds: Option<u32>,
    pub(crate) external_id: Option<String>,
    pub(crate) source_identity: Option<String>,
    pub(crate) tags: Option<Vec<Tag>>,
    pub(crate) transitive_tag_keys: Option<Vec<String>>,
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AssumeRoleOutput {
    pub(crate) assumed_role_user: AssumedRoleUser,
    pub(crate) credentials: Credentials,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) packed_policy_size: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source_identity: Option<String>,
}

impl Operation for AssumeRole {
    const NAME: &'static str = "AssumeRole";
    type Input = AssumeRoleInput;
    type Output = AssumeRoleOutput;
    const REMEMBER: bool = false;

    /// The role is asked, together with the caller's policies, when it is known.
    fn accesses(_: &AssumeRoleInput, _: &Reader) -> Option<Vec<Access>> {
        Some(Vec::new())
    }

    fn run(input: &AssumeRoleInput, cx: &mut Context) -> Result<AssumeRoleOutput, ServiceError> {
        if calling(cx).is_some_and(|session| matches!(session.of, SessionOf::Federated { .. })) {
            return Err(errors::of_a_session(Self::NAME));
        }
        let denied = || errors::not_authorized(&cx.caller.principal, "sts:AssumeRole", &input.role_arn);
        let account = shapes::role_account(&input.role_arn)
            .ok_or_else(|| errors::invalid(format!("{} is invalid", input.role_arn)))?;
        let role = Role::of_arn(&cx.view, &account, &input.role_arn).ok_or_else(denied)?.record.clone();
        let (inherited, source_identity) = inherited(input, cx)?;
        let (tags, transitive) = session_tags(input, inherited)?;
        let asked = Asked {
            session_name: &input.role_session_name,
            external_id: input.external_id.as_deref(),
            source_identity: input.source_identity.as_deref(),
            tags: &tags,
            transitive: &input.transitive_tag_keys.iter().flatten().cloned().collect(),
        };
        trust::check(&role, &account, &asked, cx)?;
        let beginning = Beginning {
            session_name: &input.role_session_name,
            secs: chained(duration(input.duration_seconds, &role)?, cx)?,
            policy: input.policy.as_deref(),
            policy_arns: input.policy_arns.as_deref(),
            tags,
            transitive,
            source_identity: source_identity.clone(),
            provider: None,
        };
        let begun = begin(&role, &account, beginning, cx)?;
        Ok(AssumeRoleOutput {
            assumed_role_user: begun.user,
            credentials: begun.credentials,
            packed_policy_size: begun.packed_policy_size,
            source_identity,
        })
    }
}

/// The session of the caller's, if he has one of a role.
fn calling(cx: &Reader) -> Option<&Session> {
    match &cx.caller.client.as_deref()?.principal {
        Principal::Session(session) => Some(session),
        _ => None,
    }
}

fn chained(secs: u32, cx: &Reader) -> Result<u32, ServiceError> {
    let is_chained = calling(cx).is_some_and(|session| matches!(session.of, SessionOf::Role { .. }));
    match is_chained && secs > CHAINED_SECS {
        true => Err(errors::invalid(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        )),
        false => Ok(secs),
    }
}

/// What goes on from the session that asks: its transitive tags, and who is behind it, which cannot be changed.
fn inherited(input: &AssumeRoleInput, cx: &Reader) -> Result<(Tags, Option<String>), ServiceError> {
    let Some(session) = calling(cx) else { return Ok((Tags::new(), input.source_identity.clone())) };
    let goes_on = |(key, _): &(&String, &String)| session.transitive.contains(*key);
    let tags = session.tags.iter().filter(goes_on).map(|(key, value)| (key.clone(), value.clone())).collect();
    match (&session.source_identity, &input.source_identity) {
        (Some(set), Some(asked)) if set != asked => Err(errors::invalid(
            "SourceIdentity cannot be changed: it was set by the session that assumes the role",
        )),
        (set, asked) => Ok((tags, set.clone().or_else(|| asked.clone()))),
    }
}

fn session_tags(input: &AssumeRoleInput, inherited: Tags) -> Result<(Tags, BTreeSet<String>), ServiceError> {
    let given = tags(input.tags.as_deref().unwrap_or_default())?;
    let conflicts = |key: &String| inherited.keys().any(|other| other.eq_ignore_ascii_case(key));
    if given.keys().any(conflicts) {
        return Err(errors::invalid(
            "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from \
             the calling session.",
        ));
    }
    let asked: BTreeSet<String> = input.transitive_tag_keys.iter().flatten().cloned().collect();
    if let Some(key) = asked.iter().find(|key| !given.contains_key(*key)) {
        return Err(errors::invalid(format!(
            "The transitive tag key '{key}' is not among the session's tags"
        )));
    }
    let transitive = asked.into_iter().chain(inherited.keys().cloned()).collect();
    Ok((given.into_iter().chain(inherited).collect(), transitive))
}
