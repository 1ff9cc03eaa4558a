//! Whether a role lets itself be assumed: its trust policy and the caller's own policies, asked together.
//!
//! Within one account it is enough that the role names the caller himself; if it names the account, his own policies decide.
//! From another account both have to allow it. Tags and a source identity are further actions that both are asked about.
//!
//! Whom an identity provider vouches for has no policies: the role alone decides, by what the provider says of him.

use super::Tags;
use crate::errors;
use crate::web_identity::Claims;
use controlplane_services_iam::authorize::{Asker, of_request};
use controlplane_services_iam::entity::Entity;
use controlplane_services_iam::oidc_provider::OidcProvider;
use controlplane_services_iam::policy::{Attached, Decision, Facts, Identity, Policies, Request, decide};
use controlplane_services_iam::role::Role;
use controlplane_services_kernel::{Reader, ServiceError};
use controlplane_types::AccountId;
use std::collections::BTreeSet;

/// What a trust policy goes by in a verdict; no policy of a principal's has an empty name.
const TRUST: &str = "";

/// What is asked of the role.
pub(super) struct Asked<'a> {
    pub(super) session_name: &'a str,
    pub(super) external_id: Option<&'a str>,
    pub(super) source_identity: Option<&'a str>,
    /// The session's tags, inherited ones among them.
    pub(super) tags: &'a Tags,
    /// Keys of tags that are to go on.
    pub(super) transitive: &'a BTreeSet<String>,
}

impl Asked<'_> {
    /// The actions beside the one that assumes.
    fn further(&self) -> impl Iterator<Item = &'static str> {
        let tags = (!self.tags.is_empty()).then_some("TagSession");
        let identity = self.source_identity.is_some().then_some("SetSourceIdentity");
        tags.into_iter().chain(identity)
    }
}

/// Refuses who may not assume `role` of `account`.
pub(super) fn check(
    role: &Role,
    account: &AccountId,
    asked: &Asked<'_>,
    cx: &Reader,
) -> Result<(), ServiceError> {
    let asker = Asker::of(&cx.caller, &cx.view).filter(|asker| !asker.is_root());
    let asker = asker.ok_or_else(errors::root_cannot_assume)?;
    let arn = role.arn(account);
    let denied = |action: &str| errors::not_authorized(&cx.caller.principal, &format!("sts:{action}"), &arn);
    let facts = facts(role, account, asked, cx);
    // Credentials of a user or role that is gone open nothing, whatever the trust policy says of the name.
    let own = asker.policies(&cx.view).ok_or_else(|| denied("AssumeRole"))?;
    for action in std::iter::once("AssumeRole").chain(asked.further()) {
        let question = Question { asker: &asker, own: &own, action, arn: &arn, facts: &facts };
        if !question.allowed(role, *account != cx.caller.account) {
            return Err(denied(action));
        }
    }
    Ok(())
}

/// Refuses whom `role` of `account` does not let in although a provider vouches for him. Only the role is asked: he has no policies
/// of his own.
pub(super) fn check_vouched(
    role: &Role,
    account: &AccountId,
    asked: &Asked<'_>,
    (provider, claims): (&OidcProvider, &Claims),
    cx: &Reader,
) -> Result<(), ServiceError> {
    let mut facts = facts(role, account, asked, cx);
    let (arn, provider_arn) = (role.arn(account), provider.arn(account));
    claimed(&mut facts, provider, claims);
    facts.set("aws:FederatedProvider", &provider_arn);
    let trust = Attached { name: TRUST, policy: role.trust.policy() };
    let policies = Policies { resource: Some(trust), ..Policies::default() };
    let identity = Identity { federated: Some(&provider_arn), ..Identity::default() };
    for action in std::iter::once("AssumeRoleWithWebIdentity").chain(asked.further()) {
        let request = Request { service: "sts", action, resource: &arn, identity, facts: &facts };
        if decide(&policies, &request).decision != Decision::Allowed {
            return Err(errors::web_identity_not_authorized());
        }
    }
    Ok(())
}

/// `issuer.example.com/path:aud` and its like.
fn claimed(facts: &mut Facts, provider: &OidcProvider, claims: &Claims) {
    let key = |name: &str| format!("{}:{name}", provider.url);
    facts.set_all(&key("aud"), claims.clients().iter().cloned());
    facts.set(&key("sub"), &claims.subject);
    if let Some(audiences) = claims.other_audiences() {
        facts.set_all(&key("oaud"), audiences.iter().cloned());
    }
    if !claims.methods.is_empty() {
        facts.set_all(&key("amr"), claims.methods.iter().cloned());
    }
}

struct Question<'a> {
    asker: &'a Asker,
    own: &'a Policies<'a>,
    action: &'a str,
    arn: &'a str,
    facts: &'a Facts,
}

impl Question<'_> {
    fn allowed(&self, role: &Role, is_foreign: bool) -> bool {
        let trust = Attached { name: TRUST, policy: role.trust.policy() };
        let both = Policies { resource: Some(trust), ..self.own.clone() };
        let verdict = self.asker.decide(&both, "sts", self.action, self.arn, self.facts);
        // The caller's own policies alone open no role.
        let trusted = verdict.decision == Decision::Allowed && verdict.policies().any(|name| name == TRUST);
        let own = || self.asker.decide(self.own, "sts", self.action, self.arn, self.facts).decision;
        trusted && (!is_foreign || own() == Decision::Allowed)
    }
}

fn facts(role: &Role, account: &AccountId, asked: &Asked<'_>, cx: &Reader) -> Facts {
    let mut facts = of_request(cx);
    facts.set("aws:ResourceAccount", account.as_str());
    facts.set("sts:RoleSessionName", asked.session_name);
    if let Some(id) = asked.external_id {
        facts.set("sts:ExternalId", id);
    }
    if let Some(identity) = asked.source_identity {
        facts.set("sts:SourceIdentity", identity);
    }
    for (key, value) in &role.tags {
        facts.set(&format!("aws:ResourceTag/{key}"), value);
        facts.set(&format!("iam:ResourceTag/{key}"), value);
    }
    for (key, value) in asked.tags {
        facts.set(&format!("aws:RequestTag/{key}"), value);
    }
    if !asked.tags.is_empty() {
        facts.set_all("aws:TagKeys", asked.tags.keys().cloned());
    }
    if !asked.transitive.is_empty() {
        facts.set_all("sts:TransitiveTagKeys", asked.transitive.iter().cloned());
    }
    facts
}
