use super::{Role, validate};
use crate::declared::{self, Policies, PolicyText, Tags, act, given, tag_list};
use crate::instance_profile::{BY_ROLE, InstanceProfile};
use controlplane_services_kernel::manifest::{Deletion, Reference};
use controlplane_services_kernel::{Context, Declarative, Reader, ServiceError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// What somebody may while he acts as it, under the document's name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RoleSpec {
    /// `/` or `/division/`. Absent: `/`.
    #[serde(default)]
    path: Option<String>,
    /// Who may act as it: a policy with principals, as YAML or as JSON in a text. Users and roles it names have to be there
    /// before it.
    assume_role_policy_document: PolicyText,
    /// A text for people, up to 1,000 characters.
    #[serde(default)]
    description: Option<String>,
    /// Seconds that a session may last at most. Absent: 3,600.
    #[schemars(range(min = 3600, max = 43200))]
    #[serde(default)]
    max_session_duration: Option<u32>,
    /// Managed policies of the role: names of the account's own, or ARNs.
    #[serde(default)]
    policies: BTreeSet<String>,
    /// Policies of the role's own, by name, as YAML or as JSON in a text.
    #[serde(default)]
    inline_policies: BTreeMap<String, PolicyText>,
    /// The managed policy that bounds what all others allow.
    #[serde(default)]
    permissions_boundary: Option<String>,
    /// Tags: up to 50, keys up to 128 and values up to 256 characters; keys may not begin with `aws:`.
    #[serde(default)]
    tags: Tags,
}

impl RoleSpec {
    fn policies(&self) -> Policies<'_> {
        Policies {
            attached: &self.policies,
            inline: &self.inline_policies,
            boundary: self.permissions_boundary.as_ref(),
        }
    }
}

impl Declarative for Role {
    type Spec = RoleSpec;
    const REFERENCES: &'static [Reference] =
        &[Reference::new("policies[]", "iam_policy"), Reference::new("permissionsBoundary", "iam_policy")];
    const IMMUTABLE: &'static [&'static str] = &["path"];

    fn canonical(spec: RoleSpec) -> Result<RoleSpec, ServiceError> {
        Ok(RoleSpec {
            path: Some(spec.path.unwrap_or_else(|| "/".to_owned())),
            assume_role_policy_document: spec.assume_role_policy_document.canonical()?,
            description: spec.description.filter(|text| !text.is_empty()),
            max_session_duration: Some(spec.max_session_duration.unwrap_or(validate::DEFAULT_SESSION_SECS)),
            inline_policies: declared::canonical(spec.inline_policies)?,
            ..spec
        })
    }

    fn create(name: &str, spec: RoleSpec, cx: &mut Context) -> Result<String, ServiceError> {
        let spec = Self::canonical(spec)?;
        let input = json!({
            "RoleName": name, "Path": spec.path, "Description": spec.description, "Tags": tag_list(&spec.tags),
            "AssumeRolePolicyDocument": spec.assume_role_policy_document.text(),
            "MaxSessionDuration": spec.max_session_duration,
        });
        act("CreateRole", &given(input), cx)?;
        let id = name.to_lowercase();
        let none = RoleSpec::default();
        declared::bring_policies::<Role>(&id, none.policies(), spec.policies(), cx)?;
        Ok(id)
    }

    fn update(id: &str, live: RoleSpec, wanted: RoleSpec, cx: &mut Context) -> Result<(), ServiceError> {
        if live.assume_role_policy_document != wanted.assume_role_policy_document {
            let text = wanted.assume_role_policy_document.text();
            act("UpdateAssumeRolePolicy", &json!({"RoleName": id, "PolicyDocument": text}), cx)?;
        }
        let about = |spec: &RoleSpec| (spec.description.clone(), spec.max_session_duration);
        if about(&live) != about(&wanted) {
            let text = wanted.description.clone().unwrap_or_default();
            let input = json!({"RoleName": id, "Description": text, "MaxSessionDuration": wanted.max_session_duration});
            act("UpdateRole", &given(input), cx)?;
        }
        declared::bring_policies::<Role>(id, live.policies(), wanted.policies(), cx)?;
        declared::bring_tags("Role", ("RoleName", id), (&live.tags, &wanted.tags), cx)
    }

    /// What a manifest can declare goes along; a role that an instance profile gives stays.
    fn delete(id: &str, cx: &mut Context) -> Result<Deletion, ServiceError> {
        if cx.find::<InstanceProfile>(BY_ROLE, id).next().is_none() {
            declared::strip::<Role>(id, cx)?;
        }
        act("DeleteRole", &json!({"RoleName": id}), cx)?;
        Ok(Deletion::Done)
    }

    fn find(name: &str, reader: &Reader) -> Option<String> {
        declared::id_of::<Role>(name, reader)
    }
}
