//! What policies say about one request.
//!
//! The order is AWS's: a `Deny` anywhere ends it; then every kind of policy that bounds who asks (a permission boundary, the
//! policies of a session) has to allow it, and so do the principal's own, unless a resource's policy names the principal itself.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

use super::condition;
use super::document::{Effect, Policy, Statement};
use super::principal::Named;
use std::collections::BTreeMap;

/// What is known of a request: values by condition key. Keys are without regard to case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts(BTreeMap<String, Vec<String>>);

impl Facts {
    /// One value of `key`.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        self.0.insert(key.to_ascii_lowercase(), vec![value.into()]);
    }

    /// All values of a key that may have several.
    pub fn set_all(&mut self, key: &str, values: impl IntoIterator<Item = String>) {
        self.0.insert(key.to_ascii_lowercase(), values.into_iter().collect());
    }

    /// Everything that is known, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0.iter().map(|(key, values)| (key.as_str(), values.as_slice()))
    }

    /// Whether anything is known of `key`.
    pub fn knows(&self, key: &str) -> bool {
        self.0.contains_key(&key.to_ascii_lowercase())
    }

    /// The values of a key in lower case.
    pub(super) fn get(&self, key: &str) -> Option<&[String]> {
        self.0.get(key).map(Vec::as_slice)
    }

    /// The value of a key that has one.
    pub(super) fn only(&self, key: &str) -> Option<&str> {
        match self.get(key) {
            Some([only]) => Some(only),
            _ => None,
        }
    }
}

/// Who asks, as policies name him.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Identity<'a> {
    /// Twelve digits.
    pub account: &'a str,
    /// Of the user, the session or the account's root.
    pub arn: &'a str,
    /// Of the role a session is of.
    pub role_arn: Option<&'a str>,
    /// A service that asks by itself.
    pub service: Option<&'a str>,
    /// The identity provider that vouches for who asks.
    pub federated: Option<&'a str>,
}

impl Identity<'_> {
    pub(super) fn is_root(&self) -> bool {
        self.arn.strip_prefix("arn:aws:iam::").is_some_and(|rest| rest.ends_with(":root"))
    }
}

/// One question.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Prefix of the service: `ec2`.
    pub service: &'a str,
    /// `RunInstances`.
    pub action: &'a str,
    /// The ARN; `*` for an action on no resource in particular.
    pub resource: &'a str,
    /// Who asks.
    pub identity: Identity<'a>,
    /// What else is known.
    pub facts: &'a Facts,
}

/// A policy under the name it is told by.
#[derive(Clone, Copy, Debug)]
pub struct Attached<'a> {
    /// Its ARN, or its name in the principal.
    pub name: &'a str,
    /// What it says.
    pub policy: &'a Policy,
}

/// Everything that has a say.
#[derive(Clone, Debug, Default)]
pub struct Policies<'a> {
    /// The principal's own and those of its groups.
    pub identity: Vec<Attached<'a>>,
    /// Its permission boundary.
    pub boundary: Option<Attached<'a>>,
    /// Those the session was begun with; empty: none was.
    pub session: Vec<Attached<'a>>,
    /// The resource's.
    pub resource: Option<Attached<'a>>,
}

/// The outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It may.
    Allowed,
    /// A statement denies it.
    ExplicitDeny,
    /// Nothing allows it.
    ImplicitDeny,
}

impl Decision {
    /// As the simulator tells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::ExplicitDeny => "explicitDeny",
            Self::ImplicitDeny => "implicitDeny",
        }
    }
}

/// Kinds of policies, by what they hang on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyKind {
    /// Of the principal or its groups.
    Identity,
    /// The principal's permission boundary.
    Boundary,
    /// Of the session.
    Session,
    /// Of the resource.
    Resource,
}

impl PolicyKind {
    /// In AWS's words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Identity => "identity-based policy",
            Self::Boundary => "permissions boundary",
            Self::Session => "session policy",
            Self::Resource => "resource-based policy",
        }
    }
}

/// A statement that has a say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Because<'a> {
    /// Name of its policy.
    pub policy: &'a str,
    /// Which of the policy's statements it is, from 0.
    pub statement: usize,
}

/// The outcome, and which statements brought it about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict<'a> {
    /// What it is.
    pub decision: Decision,
    /// Statements, in the order of their policies; those that deny, if any does.
    pub because_of: Vec<Because<'a>>,
    /// The permission boundary is among what does not allow it.
    pub boundary_allows: bool,
    /// The first kind that denies or, where none does, that does not allow it.
    pub kind: PolicyKind,
}

impl<'a> Verdict<'a> {
    /// Names of the policies whose statements brought it about.
    pub fn policies(&self) -> impl Iterator<Item = &'a str> {
        let mut last = None;
        let names = self.because_of.iter().map(|because| because.policy);
        names.filter(move |name| last.replace(*name) != Some(*name))
    }
}

/// Decides.
pub fn decide<'a>(policies: &Policies<'a>, request: &Request<'_>) -> Verdict<'a> {
    let own = Said::by(&policies.identity, request);
    let boundary = policies.boundary.map(|boundary| Said::by(&[boundary], request));
    let session = Some(&policies.session).filter(|all| !all.is_empty()).map(|all| Said::by(all, request));
    let resource = policies.resource.map(|resource| Said::by(&[resource], request)).unwrap_or_default();
    let boundary_allows = boundary.as_ref().is_none_or(|said| !said.allows.is_empty());
    let all = [
        (PolicyKind::Identity, Some(&own)),
        (PolicyKind::Boundary, boundary.as_ref()),
        (PolicyKind::Session, session.as_ref()),
        (PolicyKind::Resource, Some(&resource)),
    ];
    let said = || all.into_iter().filter_map(|(kind, said)| Some((kind, said?)));
    if let Some((kind, _)) = said().find(|(_, said)| !said.denies.is_empty()) {
        let because_of = said().flat_map(|(_, said)| said.denies.iter().copied()).collect();
        return Verdict { decision: Decision::ExplicitDeny, because_of, boundary_allows, kind };
    }
    let lacking = said().find(|(_, said)| said.allows.is_empty());
    let kind = lacking.map_or(PolicyKind::Identity, |(kind, _)| kind);
    let session_allows = session.as_ref().is_none_or(|said| !said.allows.is_empty());
    let within = boundary_allows && session_allows;
    let allowed = match resource.named {
        Some(Named::Directly) => true,
        Some(Named::ByRole) => within,
        Some(Named::ByAccount) | None => within && !own.allows.is_empty(),
    };
    let because_of = [own.allows, resource.allows].concat();
    let decision = if allowed { Decision::Allowed } else { Decision::ImplicitDeny };
    Verdict { decision, because_of, boundary_allows, kind }
}

/// What some policies of one kind say.
#[derive(Default)]
struct Said<'a> {
    allows: Vec<Because<'a>>,
    denies: Vec<Because<'a>>,
    /// The most direct way in which a statement that allows names who asks.
    named: Option<Named>,
}

impl<'a> Said<'a> {
    fn by(policies: &[Attached<'a>], request: &Request<'_>) -> Self {
        let mut said = Self::default();
        for Attached { name, policy } in policies {
            for (position, statement) in policy.statements.iter().enumerate() {
                let Some(named) = statement.is_about(request) else { continue };
                let because = Because { policy: name, statement: position };
                match statement.effect {
                    Effect::Allow => {
                        said.named = said.named.max(named);
                        said.allows.push(because);
                    }
                    Effect::Deny => said.denies.push(because),
                }
            }
        }
        said
    }
}

impl Statement {
    /// Whether the statement speaks of the request, and how it names who asks where it names anybody.
    fn is_about(&self, request: &Request<'_>) -> Option<Option<Named>> {
        let named = match &self.principals {
            Some(principals) => Some(principals.names(&request.identity)?),
            None => None,
        };
        let acts = self.actions.iter().any(|action| action.matches(request.service, request.action));
        if acts == self.not_actions {
            return None;
        }
        let on = self.resources.iter().any(|resource| resource.matches(request.resource, request.facts));
        if on == self.not_resources {
            return None;
        }
        condition::hold(&self.conditions, request.facts).then_some(named)
    }
}
