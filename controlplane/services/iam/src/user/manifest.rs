//! A manifest declares a user, his groups and what he may. Keys are never declared: their secrets are told once, to whoever asks.

use super::User;
use crate::declared::{self, Policies, PolicyText, Tags, act, given, tag_list};
use controlplane_services_kernel::manifest::{Deletion, Reference};
use controlplane_services_kernel::{Context, Declarative, Reader, ServiceError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// A person or program of the account, under the document's name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct UserSpec {
    /// `/` or `/division/`. Absent: `/`.
    path: Option<String>,
    /// Groups of which the user is a member; their policies are the user's too.
    groups: BTreeSet<String>,
    /// Managed policies of the user: names of the account's own, or ARNs.
    policies: BTreeSet<String>,
    /// Policies of the user's own, by name, as YAML or as JSON in a text.
    inline_policies: BTreeMap<String, PolicyText>,
    /// The managed policy that bounds what all others allow.
    permissions_boundary: Option<String>,
    /// Tags: up to 50, keys up to 128 and values up to 256 characters; keys may not begin with `aws:`.
    tags: Tags,
}

impl UserSpec {
    fn policies(&self) -> Policies<'_> {
        Policies {
            attached: &self.policies,
            inline: &self.inline_policies,
            boundary: self.permissions_boundary.as_ref(),
        }
    }
}

impl Declarative for User {
    type Spec = UserSpec;
    const REFERENCES: &'static [Reference] = &[
        Reference::new("groups[]", "user_group"),
        Reference::new("policies[]", "iam_policy"),
        Reference::new("permissionsBoundary", "iam_policy"),
    ];

    fn canonical(spec: UserSpec) -> Result<UserSpec, ServiceError> {
        let path = Some(spec.path.unwrap_or_else(|| "/".to_owned()));
        Ok(UserSpec { path, inline_policies: declared::canonical(spec.inline_policies)?, ..spec })
    }

    fn create(name: &str, spec: UserSpec, cx: &mut Context) -> Result<String, ServiceError> {
        let input = json!({"UserName": name, "Path": spec.path, "Tags": tag_list(&spec.tags)});
        act("CreateUser", &given(input), cx)?;
        let id = name.to_lowercase();
        let bare = UserSpec { path: spec.path.clone(), tags: spec.tags.clone(), ..UserSpec::default() };
        Self::update(&id, bare, Self::canonical(spec)?, cx)?;
        Ok(id)
    }

    fn update(id: &str, live: UserSpec, wanted: UserSpec, cx: &mut Context) -> Result<(), ServiceError> {
        if live.path.as_deref().unwrap_or("/") != wanted.path.as_deref().unwrap_or("/") {
            act("UpdateUser", &json!({"UserName": id, "NewPath": wanted.path}), cx)?;
        }
        for gone in live.groups.difference(&wanted.groups) {
            act("RemoveUserFromGroup", &json!({"UserName": id, "GroupName": gone}), cx)?;
        }
        for new in wanted.groups.difference(&live.groups) {
            act("AddUserToGroup", &json!({"UserName": id, "GroupName": new}), cx)?;
        }
        declared::bring_policies::<User>(id, live.policies(), wanted.policies(), cx)?;
        declared::bring_tags("User", ("UserName", id), (&live.tags, &wanted.tags), cx)
    }

    /// What a manifest can declare goes along; a user with keys stays.
    fn delete(id: &str, cx: &mut Context) -> Result<Deletion, ServiceError> {
        declared::strip::<User>(id, cx)?;
        let groups = cx.get::<User>(id).map(|user| user.groups.clone()).unwrap_or_default();
        for group in groups {
            act("RemoveUserFromGroup", &json!({"UserName": id, "GroupName": group}), cx)?;
        }
        act("DeleteUser", &json!({"UserName": id}), cx)?;
        Ok(Deletion::Done)
    }

    fn find(name: &str, reader: &Reader) -> Option<String> {
        declared::id_of::<User>(name, reader)
    }
}
