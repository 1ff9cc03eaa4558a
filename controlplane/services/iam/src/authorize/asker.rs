//! Who asks: a caller's credentials, and the policies these stand under.

use super::{managed, of_permissions};
use crate::entity::Entity;
use crate::policy::{
    self, Attached, Decision, Facts, Identity, Policies, Policy, PolicyKind, Purpose, Verdict,
};
use crate::role::Role;
use crate::user::User;
use controlplane_services_kernel::client::{Principal, Session, SessionOf};
use controlplane_services_kernel::{Access, Caller, Client, Reader, View};
use controlplane_types::AccountId;
use std::sync::Arc;

/// A client whose policies can be asked. Made outside the writer, since a session's own policy is read here.
#[derive(Debug)]
pub struct Asker {
    account: AccountId,
    arn: String,
    role_arn: Option<String>,
    client: Arc<Client>,
    /// The session's own document.
    within: Option<Policy>,
}

/// What may not be done, and why not.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    /// `ec2:RunInstances`.
    pub action: String,
    /// ARN or `*`.
    pub resource: String,
    /// A statement denies it; else nothing allows it.
    pub is_explicit: bool,
    /// Whose fault that is.
    pub kind: PolicyKind,
    /// What was known.
    pub facts: Facts,
}

impl Asker {
    /// The client `caller` is; `None` for those whom no policy is asked about.
    pub fn of(caller: &Caller, view: &View) -> Option<Self> {
        let client = caller.client.clone()?;
        let within = match &client.principal {
            Principal::Session(session) => session.policy.as_deref().map(read),
            _ => None,
        };
        let role_arn = match &client.principal {
            Principal::Session(Session { of: SessionOf::Role { name, .. }, .. }) => {
                Role::find(view, &caller.account, name).map(|role| role.record.arn(&caller.account))
            }
            _ => None,
        };
        let (account, arn) = (caller.account.clone(), caller.principal.clone());
        Some(Self { account, arn, role_arn, client, within })
    }

    /// As policies name him.
    pub fn identity(&self) -> Identity<'_> {
        Identity {
            account: self.account.as_str(),
            arn: &self.arn,
            role_arn: self.role_arn.as_deref(),
            ..Identity::default()
        }
    }

    /// Whether he is the account itself.
    pub fn is_root(&self) -> bool {
        match &self.client.principal {
            Principal::Root => true,
            Principal::Session(session) => session.of == SessionOf::Root,
            Principal::User(_) | Principal::Unsigned => false,
        }
    }

    /// Whether any policy is asked about him: none is about an account that signs with its own key.
    pub fn is_asked(&self) -> bool {
        self.client.principal != Principal::Root
    }

    /// Refuses at the first of the accesses that he has not got.
    pub fn refused(
        &self,
        accesses: &[Access],
        service: &str,
        action: &str,
        cx: &Reader,
    ) -> Result<(), Refusal> {
        if accesses.is_empty() || !self.is_asked() {
            return Ok(());
        }
        let common = super::of_request(cx);
        let policies = self.policies(&cx.view);
        for access in accesses {
            let (service, action) =
                access.action.and_then(|own| own.split_once(':')).unwrap_or((service, action));
            self.ask(access, service, action, &common, policies.as_ref())?;
        }
        Ok(())
    }

    fn ask(
        &self,
        access: &Access,
        service: &str,
        action: &str,
        common: &Facts,
        policies: Option<&Policies<'_>>,
    ) -> Result<(), Refusal> {
        let mut facts = common.clone();
        for (key, values) in &access.facts {
            facts.set_all(key, values.iter().cloned());
        }
        let refusal = |is_explicit, kind, facts| Refusal {
            action: format!("{service}:{action}"),
            resource: access.resource.clone(),
            is_explicit,
            kind,
            facts,
        };
        if self.is_out_of_reach(service) {
            return Err(refusal(false, PolicyKind::Session, facts));
        }
        if self.is_root() {
            return Ok(());
        }
        let none = Policies::default();
        let verdict = self.decide(policies.unwrap_or(&none), service, action, &access.resource, &facts);
        match verdict.decision {
            Decision::Allowed => Ok(()),
            denied => Err(refusal(denied == Decision::ExplicitDeny, verdict.kind, facts)),
        }
    }

    /// Asks `policies` about one action of his.
    pub fn decide<'p>(
        &self,
        policies: &Policies<'p>,
        service: &str,
        action: &str,
        resource: &str,
        facts: &Facts,
    ) -> Verdict<'p> {
        let identity = self.identity();
        policy::decide(policies, &policy::Request { service, action, resource, identity, facts })
    }

    /// Everything that says what he may; `None` if whose permissions he has is gone.
    pub fn policies<'v>(&'v self, view: &'v View) -> Option<Policies<'v>> {
        match &self.client.principal {
            Principal::Root => Some(Policies::default()),
            Principal::Unsigned => None,
            Principal::User(name) => super::of_user(view, &self.account, name),
            Principal::Session(session) => self.of_session(session, view),
        }
    }

    fn of_session<'v>(&'v self, session: &'v Session, view: &'v View) -> Option<Policies<'v>> {
        let account = &self.account;
        let base = match &session.of {
            SessionOf::Root => Policies::default(),
            SessionOf::User { name, user_id } | SessionOf::Federated { user: name, user_id, .. } => {
                User::find(view, account, name).filter(|user| user.record.user_id == *user_id)?;
                super::of_user(view, account, name)?
            }
            SessionOf::Role { name, role_id, .. } => {
                let role = Role::find(view, account, name).filter(|role| role.record.role_id == *role_id)?;
                of_permissions(view, account, &role.record.permissions)
            }
        };
        let own = self.within.as_ref().map(|policy| Attached { name: "session", policy });
        let managed = session.policy_arns.iter().map(|arn| {
            managed(view, account, arn).unwrap_or(Attached { name: arn, policy: Policy::nothing() })
        });
        let mut within: Vec<Attached<'v>> = own.into_iter().chain(managed).collect();
        // Who is vouched for without a word about what he may do may do nothing.
        if within.is_empty() && matches!(session.of, SessionOf::Federated { .. }) {
            within.push(Attached { name: "session", policy: Policy::nothing() });
        }
        Some(Policies { session: within, ..base })
    }

    fn session(&self) -> Option<&Session> {
        match &self.client.principal {
            Principal::Session(session) => Some(session),
            _ => None,
        }
    }

    /// Credentials that were got without a second factor do not reach users and their keys, nor get further ones; only a
    /// role's do. <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html>
    fn is_out_of_reach(&self, service: &str) -> bool {
        let of_role = |session: &Session| matches!(session.of, SessionOf::Role { .. });
        self.session().is_some_and(|session| !of_role(session)) && matches!(service, "iam" | "sts")
    }
}

/// A document that was checked when the session began; one this version cannot read allows nothing.
fn read(document: &str) -> Policy {
    Policy::parse(document, Purpose::Identity).unwrap_or_else(|_| Policy::nothing().clone())
}

/// The tags of whoever has these credentials: the record's, and over them the session's.
pub(super) fn tags<'v>(client: &'v Client, account: &AccountId, view: &'v View) -> Vec<(&'v str, &'v str)> {
    let of_user = |name| User::find(view, account, name).map(|user| &user.record.tags);
    let (record, session) = match &client.principal {
        Principal::Root | Principal::Unsigned => (None, None),
        Principal::User(name) => (of_user(name), None),
        Principal::Session(session) => match &session.of {
            SessionOf::Root => (None, Some(&session.tags)),
            SessionOf::User { name, .. } => (of_user(name), Some(&session.tags)),
            SessionOf::Federated { .. } => (None, Some(&session.tags)),
            SessionOf::Role { name, .. } => {
                (Role::find(view, account, name).map(|role| &role.record.tags), Some(&session.tags))
            }
        },
    };
    // Facts take the last value of a key.
    let all = record.into_iter().chain(session).flatten();
    all.map(|(key, value)| (key.as_str(), value.as_str())).collect()
}
