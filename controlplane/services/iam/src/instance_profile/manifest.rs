use super::InstanceProfile;
use crate::declared::{self, Tags, act, given, tag_list};
use controlplane_services_kernel::manifest::{Deletion, Reference};
use controlplane_services_kernel::{Context, Declarative, Reader, ServiceError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What gives instances a role, under the document's name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct InstanceProfileSpec {
    /// `/` or `/division/`. Absent: `/`.
    path: Option<String>,
    /// The role it gives: none or one.
    roles: Vec<String>,
    /// Tags: up to 50, keys up to 128 and values up to 256 characters; keys may not begin with `aws:`.
    tags: Tags,
}

impl Declarative for InstanceProfile {
    type Spec = InstanceProfileSpec;
    const REFERENCES: &'static [Reference] = &[Reference::new("roles[]", "role")];
    const IMMUTABLE: &'static [&'static str] = &["path"];

    fn canonical(spec: InstanceProfileSpec) -> Result<InstanceProfileSpec, ServiceError> {
        Ok(InstanceProfileSpec { path: Some(spec.path.unwrap_or_else(|| "/".to_owned())), ..spec })
    }

    fn create(name: &str, spec: InstanceProfileSpec, cx: &mut Context) -> Result<String, ServiceError> {
        let input = json!({"InstanceProfileName": name, "Path": spec.path, "Tags": tag_list(&spec.tags)});
        act("CreateInstanceProfile", &given(input), cx)?;
        let id = name.to_lowercase();
        let bare = InstanceProfileSpec { tags: spec.tags.clone(), ..InstanceProfileSpec::default() };
        Self::update(&id, bare, spec, cx)?;
        Ok(id)
    }

    fn update(
        id: &str,
        live: InstanceProfileSpec,
        wanted: InstanceProfileSpec,
        cx: &mut Context,
    ) -> Result<(), ServiceError> {
        let pair = |role: &String| json!({"InstanceProfileName": id, "RoleName": role});
        for gone in live.roles.iter().filter(|role| !wanted.roles.contains(role)) {
            act("RemoveRoleFromInstanceProfile", &pair(gone), cx)?;
        }
        for new in wanted.roles.iter().filter(|role| !live.roles.contains(role)) {
            act("AddRoleToInstanceProfile", &pair(new), cx)?;
        }
        let named = ("InstanceProfileName", id);
        declared::bring_tags("InstanceProfile", named, (&live.tags, &wanted.tags), cx)
    }

    fn delete(id: &str, cx: &mut Context) -> Result<Deletion, ServiceError> {
        if let Some(role) = cx.get::<Self>(id).and_then(|profile| profile.role.clone()) {
            act("RemoveRoleFromInstanceProfile", &json!({"InstanceProfileName": id, "RoleName": role}), cx)?;
        }
        act("DeleteInstanceProfile", &json!({"InstanceProfileName": id}), cx)?;
        Ok(Deletion::Done)
    }

    fn find(name: &str, reader: &Reader) -> Option<String> {
        declared::id_of::<Self>(name, reader)
    }
}
