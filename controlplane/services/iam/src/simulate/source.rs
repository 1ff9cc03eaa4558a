//! Policies that are asked, under the ids that answers call them by.

use crate::authorize::managed;
use crate::entity::Entity;
use crate::errors;
use crate::group::Group;
use crate::managed_policy;
use crate::permissions::Principal;
use crate::policy::positions::{self, Position};
use crate::policy::{Attached, Because, Policy, Purpose};
use crate::role::Role;
use crate::user::User;
use controlplane_services_kernel::{Reader, ServiceError};
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Where a policy comes from, in AWS's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum SourceType {
    User,
    Group,
    Role,
    AwsManaged,
    UserManaged,
    Resource,
    /// Given with the request.
    None,
}

/// One policy.
#[derive(Debug)]
pub(super) struct Source<'p> {
    pub(super) id: String,
    pub(super) kind: SourceType,
    pub(super) policy: Cow<'p, Policy>,
    /// As it is written.
    pub(super) text: Cow<'p, str>,
}

/// A statement that has a say, as answers name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Matched {
    pub(super) policy: String,
    pub(super) kind: SourceType,
    /// Where it begins and ends.
    pub(super) place: Option<(Position, Position)>,
}

impl<'p> Source<'p> {
    pub(super) fn attached(&self) -> Attached<'_> {
        Attached { name: &self.id, policy: &self.policy }
    }

    /// Those of its statements that are among `because_of`.
    pub(super) fn matched(&self, because_of: &[Because<'_>]) -> Vec<Matched> {
        let own =
            because_of.iter().filter(|because| because.policy == self.id).map(|because| because.statement);
        let own: BTreeSet<usize> = own.collect();
        if own.is_empty() {
            return Vec::new();
        }
        let places = positions::of_statements(&self.text);
        let matched = |statement| Matched {
            policy: self.id.clone(),
            kind: self.kind,
            place: places.get(statement).copied(),
        };
        own.into_iter().map(matched).collect()
    }

    /// Documents of a request; `list` is the member they came in.
    pub(super) fn given(list: &str, documents: &[String]) -> Result<Vec<Self>, ServiceError> {
        let read = documents.iter().zip(1..).map(|(text, number)| {
            let policy = read(text, Purpose::Identity)?;
            Ok(Self {
                id: format!("{list}.{number}"),
                kind: SourceType::None,
                policy,
                text: text.clone().into(),
            })
        });
        read.collect()
    }

    /// The policy of a resource.
    pub(super) fn of_resource(text: &str) -> Result<Self, ServiceError> {
        let policy = read(text, Purpose::Resource)?;
        let text = text.to_owned().into();
        Ok(Self { id: "ResourcePolicy".to_owned(), kind: SourceType::Resource, policy, text })
    }

    fn managed(arn: &'p str, reader: &'p Reader) -> Option<Self> {
        let kind = match arn.starts_with("arn:aws:iam::aws:") {
            true => SourceType::AwsManaged,
            false => SourceType::UserManaged,
        };
        let policy = managed(&reader.view, &reader.caller.account, arn)?.policy;
        let name = arn.rsplit('/').next().unwrap_or(arn);
        let text = managed_policy::text(arn, reader)?;
        Some(Self { id: name.to_owned(), kind, policy: Cow::Borrowed(policy), text })
    }
}

fn read(text: &str, purpose: Purpose) -> Result<Cow<'static, Policy>, ServiceError> {
    Policy::parse(text, purpose).map(Cow::Owned).map_err(|error| errors::no_policy(&error))
}

/// A user, group or role of the caller's account whose policies are asked.
pub(super) struct Simulated<'p> {
    /// Its own policies and those of its groups.
    pub(super) identity: Vec<Source<'p>>,
    pub(super) boundary: Option<Source<'p>>,
    /// The user it is, if it is one.
    pub(super) user: Option<&'p User>,
}

impl<'p> Simulated<'p> {
    /// The principal with this ARN.
    pub(super) fn of_arn(arn: &str, reader: &'p Reader) -> Result<Self, ServiceError> {
        let (view, account) = (&reader.view, &reader.caller.account);
        if let Some(user) = User::of_arn(view, account, arn) {
            return Ok(Self::of_user(user.record, reader));
        }
        let role = Role::of_arn(view, account, arn);
        let role = role.map(|role| Self::of(role.record, SourceType::Role, reader));
        let group = || Group::of_arn(view, account, arn);
        let group = || group().map(|group| Self::of(group.record, SourceType::Group, reader));
        role.or_else(group).ok_or_else(|| errors::source_not_found(arn))
    }

    fn of_user(user: &'p User, reader: &'p Reader) -> Self {
        let mut simulated = Self::of(user, SourceType::User, reader);
        let groups = user.groups.iter();
        for group in groups.filter_map(|group| Group::find(&reader.view, &reader.caller.account, group)) {
            simulated.identity.extend(Self::of(group.record, SourceType::Group, reader).identity);
        }
        simulated.user = Some(user);
        simulated
    }

    fn of<P: Principal>(principal: &'p P, kind: SourceType, reader: &'p Reader) -> Self {
        let permissions = principal.permissions();
        let inline = permissions.inline.iter().map(|(policy, document)| Source {
            id: format!("{}_{}_{policy}", P::NOUN, principal.name()),
            kind,
            policy: Cow::Borrowed(document.policy()),
            text: document.text().into(),
        });
        let attached = permissions.attached.iter().filter_map(|arn| Source::managed(arn, reader));
        // A boundary that cannot be found bounds everything.
        let boundary = permissions.boundary.as_deref().map(|arn| {
            Source::managed(arn, reader).unwrap_or_else(|| Source {
                id: arn.to_owned(),
                kind: SourceType::UserManaged,
                policy: Cow::Borrowed(Policy::nothing()),
                text: Cow::default(),
            })
        });
        Self { identity: inline.chain(attached).collect(), boundary, user: None }
    }
}
