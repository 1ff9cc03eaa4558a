use super::Group;
use crate::declared::{self, Policies, PolicyText, act, given};
use crate::user::{BY_GROUP, User};
use controlplane_services_kernel::manifest::{Deletion, Reference};
use controlplane_services_kernel::{Context, Declarative, Reader, ServiceError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// A group of users, under the document's name. Users say which groups they are in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct UserGroupSpec {
    /// `/` or `/division/`. Absent: `/`.
    path: Option<String>,
    /// Managed policies of the group: names of the account's own, or ARNs.
    policies: BTreeSet<String>,
    /// Policies of the group's own, by name, as YAML or as JSON in a text.
    inline_policies: BTreeMap<String, PolicyText>,
}

impl UserGroupSpec {
    fn policies(&self) -> Policies<'_> {
        Policies { attached: &self.policies, inline: &self.inline_policies, boundary: None }
    }
}

impl Declarative for Group {
    type Spec = UserGroupSpec;
    const REFERENCES: &'static [Reference] = &[Reference::new("policies[]", "iam_policy")];

    fn canonical(spec: UserGroupSpec) -> Result<UserGroupSpec, ServiceError> {
        let path = Some(spec.path.unwrap_or_else(|| "/".to_owned()));
        Ok(UserGroupSpec { path, inline_policies: declared::canonical(spec.inline_policies)?, ..spec })
    }

    fn create(name: &str, spec: UserGroupSpec, cx: &mut Context) -> Result<String, ServiceError> {
        act("CreateGroup", &given(json!({"GroupName": name, "Path": spec.path})), cx)?;
        let id = name.to_lowercase();
        let bare = UserGroupSpec { path: spec.path.clone(), ..UserGroupSpec::default() };
        Self::update(&id, bare, Self::canonical(spec)?, cx)?;
        Ok(id)
    }

    fn update(
        id: &str,
        live: UserGroupSpec,
        wanted: UserGroupSpec,
        cx: &mut Context,
    ) -> Result<(), ServiceError> {
        if live.path.as_deref().unwrap_or("/") != wanted.path.as_deref().unwrap_or("/") {
            act("UpdateGroup", &json!({"GroupName": id, "NewPath": wanted.path}), cx)?;
        }
        declared::bring_policies::<Group>(id, live.policies(), wanted.policies(), cx)
    }

    /// What a manifest can declare goes along; a group somebody is in stays.
    fn delete(id: &str, cx: &mut Context) -> Result<Deletion, ServiceError> {
        if cx.find::<User>(BY_GROUP, id).next().is_none() {
            declared::strip::<Group>(id, cx)?;
        }
        act("DeleteGroup", &json!({"GroupName": id}), cx)?;
        Ok(Deletion::Done)
    }

    fn find(name: &str, reader: &Reader) -> Option<String> {
        declared::id_of::<Group>(name, reader)
    }
}
