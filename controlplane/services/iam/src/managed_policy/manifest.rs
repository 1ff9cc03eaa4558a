//! A manifest declares what a policy says now. Another text is another version, in force at once; of the versions that are no longer
//! in force the oldest makes room.

use super::ops::create_policy_version::VERSIONS_MAX;
use super::{AWS, ManagedPolicy, of_aws};
use crate::declared::{self, PolicyText, Tags, act, given, tag_list};
use crate::entity::Entity;
use controlplane_services_kernel::manifest::Deletion;
use controlplane_services_kernel::{Context, Declarative, Reader, ServiceError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// A policy that any number of users, groups and roles may have, under the document's name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IamPolicySpec {
    /// `/` or `/division/`. Absent: `/`.
    #[serde(default)]
    path: Option<String>,
    /// What it allows and denies, as YAML or as JSON in a text.
    policy_document: PolicyText,
    /// A text for people, up to 1,000 characters.
    #[serde(default)]
    description: Option<String>,
    /// Tags: up to 50, keys up to 128 and values up to 256 characters; keys may not begin with `aws:`.
    #[serde(default)]
    tags: Tags,
}

impl Declarative for ManagedPolicy {
    type Spec = IamPolicySpec;
    const IMMUTABLE: &'static [&'static str] = &["path", "description"];

    fn canonical(spec: IamPolicySpec) -> Result<IamPolicySpec, ServiceError> {
        Ok(IamPolicySpec {
            path: Some(spec.path.unwrap_or_else(|| "/".to_owned())),
            policy_document: spec.policy_document.canonical()?,
            ..spec
        })
    }

    fn create(name: &str, spec: IamPolicySpec, cx: &mut Context) -> Result<String, ServiceError> {
        let spec = Self::canonical(spec)?;
        let input = json!({
            "PolicyName": name, "Path": spec.path, "PolicyDocument": spec.policy_document.text(),
            "Description": spec.description, "Tags": tag_list(&spec.tags),
        });
        act("CreatePolicy", &given(input), cx)?;
        Ok(name.to_lowercase())
    }

    fn update(
        id: &str,
        live: IamPolicySpec,
        wanted: IamPolicySpec,
        cx: &mut Context,
    ) -> Result<(), ServiceError> {
        let arn = arn(id, cx)?;
        if live.policy_document != wanted.policy_document {
            let standing = others(id, cx);
            if let Some(oldest) = standing.first().filter(|_| standing.len() + 1 >= VERSIONS_MAX) {
                act("DeletePolicyVersion", &json!({"PolicyArn": arn, "VersionId": oldest}), cx)?;
            }
            let text = wanted.policy_document.text();
            let input = json!({"PolicyArn": arn, "PolicyDocument": text, "SetAsDefault": true});
            act("CreatePolicyVersion", &input, cx)?;
        }
        declared::bring_tags("Policy", ("PolicyArn", &arn), (&live.tags, &wanted.tags), cx)
    }

    fn delete(id: &str, cx: &mut Context) -> Result<Deletion, ServiceError> {
        let arn = arn(id, cx)?;
        for version in others(id, cx) {
            act("DeletePolicyVersion", &json!({"PolicyArn": arn, "VersionId": version}), cx)?;
        }
        act("DeletePolicy", &json!({"PolicyArn": arn}), cx)?;
        Ok(Deletion::Done)
    }

    /// By name or ARN; one of AWS's is its own ARN, so that manifests may name it where they name others.
    fn find(name: &str, reader: &Reader) -> Option<String> {
        if name.starts_with(AWS) {
            return of_aws(name).map(|_| name.to_owned());
        }
        let of_arn = || Self::of_arn(&reader.view, &reader.caller.account, name);
        declared::id_of::<Self>(name, reader).or_else(|| of_arn().map(|found| found.key.id().to_owned()))
    }
}

fn arn(id: &str, reader: &Reader) -> Result<String, ServiceError> {
    let account = &reader.caller.account;
    let found = reader.get::<ManagedPolicy>(id).map(|policy| policy.arn(account));
    found.ok_or_else(|| crate::errors::policy_not_found(id))
}

/// Versions that are not in force, the oldest first.
fn others(id: &str, reader: &Reader) -> Vec<String> {
    let Some(policy) = reader.get::<ManagedPolicy>(id) else { return Vec::new() };
    let others = policy.versions.keys().filter(|number| **number != policy.default_version);
    others.map(|number| format!("v{number}")).collect()
}
