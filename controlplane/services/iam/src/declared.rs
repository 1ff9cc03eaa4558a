//! What manifests of several kinds have in common: policies, tags, documents.
//!
//! A manifest does what it says by the actions of the API, entered through their models, so every bound of AWS's (of names, paths,
//! tags, documents) and every quota holds here as it does there. Records are named by their ids, which the actions take as
//! names, since names differ by more than case.

use crate::SERVICE;
use crate::entity::Entity;
use crate::errors;
use crate::managed_policy::{AWS, ManagedPolicy};
use crate::permissions::{Permissions, Principal};
use crate::policy::Syntax;
use controlplane_services_kernel::{Context, Reader, ServiceError, rehearsal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Tags by key.
pub(crate) type Tags = BTreeMap<String, String>;

/// A policy document: as it is, or as a text that holds JSON. Two that are the same JSON are the same.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub(crate) struct PolicyText(#[schemars(with = "String")] Value);

impl PolicyText {
    /// As records show it.
    pub(crate) fn of(text: &str) -> Value {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// The document itself, however it was given.
    pub(crate) fn canonical(self) -> Result<Self, ServiceError> {
        let malformed = || errors::malformed(&Syntax("Syntax errors in policy.".to_owned()));
        match self.0 {
            Value::String(text) => serde_json::from_str(&text).map(Self).map_err(|_| malformed()),
            Value::Object(members) => Ok(Self(Value::Object(members))),
            _ => Err(malformed()),
        }
    }

    /// As actions take it.
    pub(crate) fn text(&self) -> String {
        self.0.to_string()
    }
}

/// Documents by name, each in canonical form.
pub(crate) fn canonical(
    documents: BTreeMap<String, PolicyText>,
) -> Result<BTreeMap<String, PolicyText>, ServiceError> {
    documents.into_iter().map(|(name, text)| Ok((name, text.canonical()?))).collect()
}

/// Does one of IAM's actions.
pub(crate) fn act(action: &str, input: &Value, cx: &mut Context) -> Result<(), ServiceError> {
    rehearsal::call(&SERVICE, action, input, cx).map(|_| ())
}

/// What an action takes as tags; nothing where there are none.
pub(crate) fn tag_list(tags: &Tags) -> Option<Value> {
    let list = |tags: &Tags| tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    (!tags.is_empty()).then(|| list(tags))
}

/// An input without the members that are null: absent ones get their defaults.
pub(crate) fn given(mut input: Value) -> Value {
    if let Some(members) = input.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    input
}

/// Brings tags from `live` to `wanted` by `Tag...` and `Untag...`; `named` is the member that names the record.
pub(crate) fn bring_tags(
    noun: &str,
    named: (&str, &str),
    (live, wanted): (&Tags, &Tags),
    cx: &mut Context,
) -> Result<(), ServiceError> {
    let gone: Vec<&String> = live.keys().filter(|key| !wanted.contains_key(*key)).collect();
    if !gone.is_empty() {
        act(&format!("Untag{noun}"), &json!({named.0: named.1, "TagKeys": gone}), cx)?;
    }
    let new: Tags = wanted
        .iter()
        .filter(|(key, value)| live.get(*key) != Some(value))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    match tag_list(&new) {
        Some(tags) => act(&format!("Tag{noun}"), &json!({named.0: named.1, "Tags": tags}), cx),
        None => Ok(()),
    }
}

/// The policies of a user, group or role, as its manifest has them.
#[derive(Clone, Copy)]
pub(crate) struct Policies<'s> {
    pub(crate) attached: &'s BTreeSet<String>,
    pub(crate) inline: &'s BTreeMap<String, PolicyText>,
    pub(crate) boundary: Option<&'s String>,
}

/// What AWS's actions call a kind of principal, and the member that names one.
fn noun<P: Principal>() -> (&'static str, &'static str) {
    match P::NOUN {
        "user" => ("User", "UserName"),
        "group" => ("Group", "GroupName"),
        _ => ("Role", "RoleName"),
    }
}

/// Brings the policies of `P` from `live` to `wanted`. What goes goes first, since there is room for so many.
pub(crate) fn bring_policies<P: Principal>(
    id: &str,
    live: Policies<'_>,
    wanted: Policies<'_>,
    cx: &mut Context,
) -> Result<(), ServiceError> {
    let (noun, member) = noun::<P>();
    for gone in live.attached.difference(wanted.attached) {
        act(&format!("Detach{noun}Policy"), &json!({member: id, "PolicyArn": policy_arn(gone, cx)?}), cx)?;
    }
    for gone in live.inline.keys().filter(|name| !wanted.inline.contains_key(*name)) {
        act(&format!("Delete{noun}Policy"), &json!({member: id, "PolicyName": gone}), cx)?;
    }
    for new in wanted.attached.difference(live.attached) {
        act(&format!("Attach{noun}Policy"), &json!({member: id, "PolicyArn": policy_arn(new, cx)?}), cx)?;
    }
    for (name, text) in wanted.inline.iter().filter(|(name, text)| live.inline.get(*name) != Some(text)) {
        let input = json!({member: id, "PolicyName": name, "PolicyDocument": text.text()});
        act(&format!("Put{noun}Policy"), &input, cx)?;
    }
    match (live.boundary, wanted.boundary) {
        (live, wanted) if live == wanted => Ok(()),
        (_, None) => act(&format!("Delete{noun}PermissionsBoundary"), &json!({member: id}), cx),
        (_, Some(policy)) => {
            let input = json!({member: id, "PermissionsBoundary": policy_arn(policy, cx)?});
            act(&format!("Put{noun}PermissionsBoundary"), &input, cx)
        }
    }
}

/// Takes away all that a manifest can declare of a principal's policies, so that it can be deleted.
pub(crate) fn strip<P: Principal>(id: &str, cx: &mut Context) -> Result<(), ServiceError> {
    let mut principal = P::existing(id, cx)?.clone();
    let permissions = principal.permissions_mut();
    if permissions.count() > 0 {
        *permissions = Permissions { boundary: permissions.boundary.take(), ..Permissions::default() };
        principal.store(cx);
    }
    Ok(())
}

/// The ARN of a policy by its id: one of AWS's is its ARN.
fn policy_arn(id: &str, reader: &Reader) -> Result<String, ServiceError> {
    match id.starts_with(AWS) {
        true => Ok(id.to_owned()),
        false => {
            let account = &reader.caller.account;
            let found = ManagedPolicy::find(&reader.view, account, id).map(|found| found.record.arn(account));
            found.ok_or_else(|| errors::policy_not_attachable(id))
        }
    }
}

/// The id of the policy that an ARN names.
pub(crate) fn policy_id(arn: &str) -> String {
    match arn.starts_with(AWS) {
        true => arn.to_owned(),
        false => arn.rsplit('/').next().unwrap_or(arn).to_lowercase(),
    }
}

/// Policies of a record in terms of its spec: `policies`, `inlinePolicies` and `permissionsBoundary`.
pub(crate) fn shown(permissions: &Permissions, into: &mut Value) {
    let inline: BTreeMap<&String, Value> =
        permissions.inline.iter().map(|(name, document)| (name, PolicyText::of(document.text()))).collect();
    into["policies"] =
        permissions.attached.iter().map(|arn| policy_id(arn)).collect::<BTreeSet<_>>().into_iter().collect();
    into["inlinePolicies"] = json!(inline);
    if let Some(boundary) = &permissions.boundary {
        into["permissionsBoundary"] = policy_id(boundary).into();
    }
}

/// The id of the record of this name.
pub(crate) fn id_of<E: Entity>(name: &str, reader: &Reader) -> Option<String> {
    E::find(&reader.view, &reader.caller.account, name).map(|found| found.key.id().to_owned())
}

#[cfg(test)]
mod tests;
