//! ListUserTags, ListRoleTags, ListInstanceProfileTags, ListPolicyTags, ListOpenIDConnectProviderTags.

use crate::actions::actions;
use crate::instance_profile::InstanceProfile;
use crate::managed_policy::ManagedPolicy;
use crate::oidc_provider::OidcProvider;
use crate::page::{numbered, page};
use crate::role::Role;
use crate::tag::{Tag, Tagged, shown};
use crate::user::User;
use controlplane_services_kernel::{Reader, ServiceError};
use serde::Serialize;

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTagsOutput {
    tags: Vec<Tag>,
    is_truncated: bool,
    marker: Option<String>,
}

actions! { read list(marker: Option<String>, max_items: Option<usize>) -> ListTagsOutput {
    ListUserTags: User, user_name;
    ListRoleTags: Role, role_name;
    ListInstanceProfileTags: InstanceProfile, instance_profile_name;
    ListPolicyTags: ManagedPolicy, policy_arn;
    ListOpenIDConnectProviderTags: OidcProvider, open_i_d_connect_provider_arn;
} }

fn list<E: Tagged>(
    named: &str,
    marker: &Option<String>,
    max_items: &Option<usize>,
    reader: &Reader,
) -> Result<ListTagsOutput, ServiceError> {
    let tags = shown(E::existing(named, reader)?.tags()).unwrap_or_default();
    let page = page(numbered(tags.into_iter()), marker.as_deref(), *max_items)?;
    Ok(ListTagsOutput { tags: page.items, is_truncated: page.is_truncated, marker: page.marker })
}
