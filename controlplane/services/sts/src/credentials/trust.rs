//! Whether a role lets itself be assumed: its trust policy and the caller's own policies, asked together.
//!
//! Within one account it is enough that the role names the caller himself; if it names the account, his own policies decide.
//! From another account both have to allow it. Tags and a source identity are further actions that both are asked about.

use super::ops::assume_role::AssumeRoleInput;
use crate::errors;
use controlplane_services_iam::authorize::{Asker, of_request};
use controlplane_services_iam::entity::Entity;
use controlplane_services_iam::policy::{Attached, Decision, Facts, Policies};
use controlplane_services_iam::role::Role;
use controlplane_services_kernel::{Reader, ServiceError};
use controlplane_types::AccountId;
use std::collections::BTreeMap;

/// What a trust policy goes by in a verdict; no policy of a principal's has an empty name.
const TRUST: &str = "";

/// What is asked of the role.
pub(super) struct Asked<'a> {
    pub(super) input: &'a AssumeRoleInput,
    /// The session's tags, inherited ones among them.
    pub(super) tags: &'a BTreeMap<String, String>,
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
    let tags = (!asked.tags.is_empty()).then_some("TagSession");
    let identity = asked.input.source_identity.is_some().then_some("SetSourceIdentity");
    for action in std::iter::once("AssumeRole").chain(tags).chain(identity) {
        let question = Question { asker: &asker, own: &own, action, arn: &arn, facts: &facts };
        if !question.allowed(role, *account != cx.caller.account) {
            return Err(denied(action));
        }
    }
    Ok(())
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
        let trusted = verdict.decision == Decision::Allowed && verdict.because_of.contains(&TRUST);
        let own = || self.asker.decide(self.own, "sts", self.action, self.arn, self.facts).decision;
        trusted && (!is_foreign || own() == Decision::Allowed)
    }
}

fn facts(role: &Role, account: &AccountId, asked: &Asked<'_>, cx: &Reader) -> Facts {
    let mut facts = of_request(cx);
    let input = asked.input;
    facts.set("aws:ResourceAccount", account.as_str());
    facts.set("sts:RoleSessionName", &input.role_session_name);
    if let Some(id) = &input.external_id {
        facts.set("sts:ExternalId", id);
    }
    if let Some(identity) = &input.source_identity {
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
    if let Some(keys) = input.transitive_tag_keys.as_ref().filter(|keys| !keys.is_empty()) {
        facts.set_all("sts:TransitiveTagKeys", keys.iter().cloned());
    }
    facts
}
