//! One simulation: policies and what is known, asked about any number of actions and resources.

use super::context::ContextEntry;
use super::source::{Matched, Simulated, Source};
use crate::entity::Entity;
use crate::errors;
use crate::group::Group;
use crate::policy::{self, Decision, Facts, Identity, Policies};
use crate::role::Role;
use crate::user::User;
use controlplane_services_kernel::{Reader, ServiceError};
use std::borrow::Cow;

/// What both simulations take.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Asked<'a> {
    pub(super) principal: Option<&'a str>,
    pub(super) policies: &'a [String],
    pub(super) boundary: Option<&'a [String]>,
    pub(super) actions: &'a [String],
    pub(super) resources: &'a [String],
    pub(super) resource_policy: Option<&'a str>,
    pub(super) caller: Option<&'a str>,
    pub(super) context: &'a [ContextEntry],
    pub(super) max_items: Option<usize>,
    pub(super) marker: Option<&'a str>,
}

/// Everything that is asked.
pub(super) struct Simulation<'p> {
    identity: Vec<Source<'p>>,
    boundary: Option<Source<'p>>,
    resource: Option<Source<'p>>,
    facts: Facts,
    caller: Option<String>,
}

/// What policies say of one action on one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The outcome.
    pub decision: Decision,
    /// The statements that brought it about.
    pub(super) matched: Vec<Matched>,
    /// Whether the permission boundary allows it, if there is one.
    pub(super) boundary_allows: Option<bool>,
    /// Condition keys that policies ask for and nothing is known of.
    pub(super) missing: Vec<String>,
}

/// What a principal of the caller's account may, whoever asks; nothing is known but who it is. It is named by its ARN or as
/// `user/alice`.
pub fn may(principal: &str, action: &str, resource: &str, reader: &Reader) -> Result<Answer, ServiceError> {
    let arn = arn_of(principal, reader);
    Simulation::of(&Asked { principal: Some(&arn), ..Asked::default() }, reader)?.ask(action, resource)
}

fn arn_of<'a>(principal: &'a str, reader: &Reader) -> Cow<'a, str> {
    let (view, account) = (&reader.view, &reader.caller.account);
    let found = match principal.split_once('/') {
        Some(("user", name)) => User::find(view, account, name).map(|user| user.record.arn(account)),
        Some(("group", name)) => Group::find(view, account, name).map(|group| group.record.arn(account)),
        Some(("role", name)) => Role::find(view, account, name).map(|role| role.record.arn(account)),
        _ => None,
    };
    found.map_or(Cow::Borrowed(principal), Cow::Owned)
}

impl Answer {
    /// Whether it may.
    pub fn is_allowed(&self) -> bool {
        self.decision == Decision::Allowed
    }

    /// Why it may or may not.
    pub fn because(&self) -> String {
        let mut names: Vec<&str> = self.matched.iter().map(|matched| matched.policy.as_str()).collect();
        names.dedup();
        let because = match self.decision {
            Decision::Allowed => format!("allowed by {}", names.join(", ")),
            Decision::ExplicitDeny => format!("denied by {}", names.join(", ")),
            Decision::ImplicitDeny if self.boundary_allows == Some(false) => {
                "the permissions boundary does not allow it".to_owned()
            }
            Decision::ImplicitDeny => "no policy allows it".to_owned(),
        };
        match self.missing[..] {
            [] => because,
            _ => format!(
                "{because}; its policies ask for what a request would tell: {}",
                self.missing.join(", ")
            ),
        }
    }
}

impl<'p> Simulation<'p> {
    pub(super) fn of(asked: &Asked<'_>, reader: &'p Reader) -> Result<Self, ServiceError> {
        let simulated = asked.principal.map(|arn| Simulated::of_arn(arn, reader)).transpose()?;
        let (mut identity, mut boundary, user) = match simulated {
            Some(Simulated { identity, boundary, user }) => (identity, boundary, user),
            None => (Vec::new(), None, None),
        };
        identity.extend(Source::given("PolicyInputList", asked.policies)?);
        if let Some(given) = asked.boundary {
            boundary = given_boundary(given)?;
        }
        let own = || user.map(|user| user.arn(&reader.caller.account));
        let caller = asked.caller.map(str::to_owned).or_else(own);
        let resource = asked.resource_policy.map(Source::of_resource).transpose()?;
        if resource.is_some() && caller.is_none() {
            return Err(errors::invalid_simulation("A ResourcePolicy needs the CallerArn of a user."));
        }
        let mut facts =
            caller.as_deref().map_or_else(|| Ok(Facts::default()), |arn| of_caller(arn, reader))?;
        asked.context.iter().try_for_each(|entry| entry.add_to(&mut facts))?;
        Ok(Self { identity, boundary, resource, facts, caller })
    }

    /// Asks about one action on one resource.
    pub(super) fn ask(&self, action: &str, resource: &str) -> Result<Answer, ServiceError> {
        let named = action.split_once(':').filter(|(service, name)| !service.is_empty() && !name.is_empty());
        let Some((service, name)) = named.filter(|_| !action.contains(['*', '?'])) else {
            return Err(errors::invalid_simulation(format!("Invalid Entity Action: {action}")));
        };
        let policies = Policies {
            identity: self.identity.iter().map(Source::attached).collect(),
            boundary: self.boundary.as_ref().map(Source::attached),
            resource: self.resource.as_ref().map(Source::attached),
            ..Policies::default()
        };
        let arn = self.caller.as_deref().unwrap_or_default();
        let identity = Identity { account: account_of(arn), arn, ..Identity::default() };
        let request = policy::Request { service, action: name, resource, identity, facts: &self.facts };
        let verdict = policy::decide(&policies, &request);
        Ok(Answer {
            decision: verdict.decision,
            matched: self.sources().flat_map(|source| source.matched(&verdict.because_of)).collect(),
            boundary_allows: self.boundary.as_ref().map(|_| verdict.boundary_allows),
            missing: self.context_keys().filter(|key| !self.facts.knows(key)).map(str::to_owned).collect(),
        })
    }

    fn sources(&self) -> impl Iterator<Item = &Source<'p>> {
        self.identity.iter().chain(&self.boundary).chain(&self.resource)
    }

    /// Keys that the policies ask for, each as its first policy writes it.
    pub(super) fn context_keys(&self) -> impl Iterator<Item = &str> {
        let all = self.sources().flat_map(|source| source.policy.context_keys());
        let mut seen = std::collections::BTreeSet::new();
        all.filter(move |key| seen.insert(key.to_ascii_lowercase()))
    }
}

fn given_boundary(documents: &[String]) -> Result<Option<Source<'static>>, ServiceError> {
    if documents.len() > 1 {
        return Err(errors::invalid_simulation("At most one permissions boundary can be given."));
    }
    Ok(Source::given("PermissionsBoundaryPolicyInputList", documents)?.pop())
}

/// What is known of a user who asks. He need not exist.
fn of_caller(arn: &str, reader: &Reader) -> Result<Facts, ServiceError> {
    let account = account_of(arn);
    let path = arn.strip_prefix("arn:aws:iam::").and_then(|rest| rest.split_once(':')).map(|(_, path)| path);
    let Some(name) =
        path.and_then(|path| path.strip_prefix("user/")).and_then(|path| path.rsplit('/').next())
    else {
        return Err(errors::invalid_simulation(format!("CallerArn must be the ARN of a user: {arn}")));
    };
    let mut facts = Facts::default();
    facts.set("aws:PrincipalArn", arn);
    facts.set("aws:PrincipalAccount", account);
    facts.set("aws:PrincipalType", "User");
    facts.set("aws:username", name);
    if let Some(user) = User::of_arn(&reader.view, &reader.caller.account, arn) {
        facts.set("aws:userid", user.record.user_id.as_str());
        for (key, value) in &user.record.tags {
            facts.set(&format!("aws:PrincipalTag/{key}"), value);
        }
    }
    Ok(facts)
}

fn account_of(arn: &str) -> &str {
    arn.split(':').nth(4).unwrap_or_default()
}
