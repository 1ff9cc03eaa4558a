//! What is known of every request, for the conditions of policies: the global condition keys.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>

use super::asker;
use crate::entity::Entity;
use crate::policy::Facts;
use crate::role::Role;
use crate::user::User;
use controlplane_services_kernel::client::{Principal, Session, SessionOf};
use controlplane_services_kernel::{Caller, Client, Reader, View};

/// What is known of the request of `cx`'s caller.
pub fn of_request(cx: &Reader) -> Facts {
    let mut facts = Facts::default();
    let caller = &cx.caller;
    facts.set("aws:CurrentTime", cx.now.to_iso8601());
    facts.set("aws:EpochTime", cx.now.as_secs().to_string());
    facts.set("aws:RequestedRegion", caller.region.as_str());
    facts.set("aws:ResourceAccount", caller.account.as_str());
    facts.set("aws:PrincipalIsAWSService", "false");
    if let Some(client) = &caller.client {
        origin(client, &mut facts);
        // Of nobody there is nothing to know.
        if client.principal == Principal::Unsigned {
            return facts;
        }
        principal(client, caller, &cx.view, &mut facts);
    }
    facts.set("aws:PrincipalAccount", caller.account.as_str());
    facts
}

fn origin(client: &Client, facts: &mut Facts) {
    let origin = &client.origin;
    facts.set("aws:SecureTransport", origin.is_tls.to_string());
    if let Some(address) = origin.address {
        facts.set("aws:SourceIp", address.to_canonical().to_string());
    }
    if let Some(agent) = &origin.user_agent {
        facts.set("aws:UserAgent", agent);
    }
}

fn principal(client: &Client, caller: &Caller, view: &View, facts: &mut Facts) {
    let role = match &client.principal {
        Principal::Session(Session { of: SessionOf::Role { name, .. }, .. }) => {
            Role::find(view, &caller.account, name)
        }
        _ => None,
    };
    // Of a session the role, which policies are written for.
    let arn = role.map_or_else(|| caller.principal.clone(), |role| role.record.arn(&caller.account));
    facts.set("aws:PrincipalArn", arn);
    facts.set("aws:PrincipalType", principal_type(client));
    facts.set("aws:userid", user_id(caller, view));
    if let Some(name) = user_name(client, caller, view) {
        facts.set("aws:username", name);
    }
    for (key, value) in asker::tags(client, &caller.account, view) {
        facts.set(&format!("aws:PrincipalTag/{key}"), value);
    }
    if let Principal::Session(session) = &client.principal {
        facts.set("aws:TokenIssueTime", session.issued_at.to_iso8601());
        facts.set("aws:MultiFactorAuthPresent", "false");
        if let Some(identity) = &session.source_identity {
            facts.set("aws:SourceIdentity", identity);
        }
        if let Some(provider) = &session.provider {
            facts.set("aws:FederatedProvider", provider);
        }
    }
}

fn principal_type(client: &Client) -> &'static str {
    match &client.principal {
        Principal::Root => "Account",
        Principal::Unsigned => "Anonymous",
        Principal::User(_) => "User",
        Principal::Session(session) => match session.of {
            SessionOf::Root => "Account",
            SessionOf::User { .. } => "User",
            SessionOf::Role { .. } => "AssumedRole",
            SessionOf::Federated { .. } => "FederatedUser",
        },
    }
}

fn user_name<'v>(client: &'v Client, caller: &Caller, view: &'v View) -> Option<&'v str> {
    let name = match &client.principal {
        Principal::User(name) => name,
        Principal::Session(Session { of: SessionOf::User { name, .. }, .. }) => name,
        _ => return None,
    };
    Some(User::find(view, &caller.account, name).map_or(name.as_str(), |user| &user.record.name))
}

/// The unique id of who asks: the account's for its root, `AIDA...` for a user, `AROA...:session`, `ACCOUNT:name`.
pub fn user_id(caller: &Caller, view: &View) -> String {
    let root = || caller.account.to_string();
    let Some(client) = &caller.client else { return root() };
    match &client.principal {
        Principal::Root => root(),
        Principal::Unsigned => String::new(),
        Principal::User(name) => User::find(view, &caller.account, name)
            .map_or_else(String::new, |user| user.record.user_id.clone()),
        Principal::Session(session) => match &session.of {
            SessionOf::Root => root(),
            SessionOf::User { user_id, .. } => user_id.clone(),
            SessionOf::Role { role_id, session, .. } => format!("{role_id}:{session}"),
            SessionOf::Federated { name, .. } => format!("{}:{name}", caller.account),
        },
    }
}
