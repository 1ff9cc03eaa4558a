//! TagUser, TagRole, TagInstanceProfile, TagPolicy, TagOpenIDConnectProvider.

use crate::actions::actions;
use crate::instance_profile::InstanceProfile;
use crate::managed_policy::ManagedPolicy;
use crate::oidc_provider::OidcProvider;
use crate::role::Role;
use crate::tag::{Tag, Tagged, validate};
use crate::user::User;
use controlplane_services_kernel::{Context, ServiceError};

actions! { write tag(tags: Vec<Tag>) -> () {
    TagUser: User, user_name;
    TagRole: Role, role_name;
    TagInstanceProfile: InstanceProfile, instance_profile_name;
    TagPolicy: ManagedPolicy, policy_arn;
    TagOpenIDConnectProvider: OidcProvider, open_i_d_connect_provider_arn;
} }

fn tag<E: Tagged>(named: &str, tags: &[Tag], cx: &mut Context) -> Result<(), ServiceError> {
    let mut entity = E::existing(named, cx)?.clone();
    validate::add(tags, entity.tags_mut())?;
    entity.store(cx);
    Ok(())
}
