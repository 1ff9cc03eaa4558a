//! UntagUser, UntagRole, UntagInstanceProfile, UntagPolicy, UntagOpenIDConnectProvider. Keys that are not there are passed over.

use crate::actions::actions;
use crate::instance_profile::InstanceProfile;
use crate::managed_policy::ManagedPolicy;
use crate::oidc_provider::OidcProvider;
use crate::role::Role;
use crate::tag::{Tagged, validate};
use crate::user::User;
use controlplane_services_kernel::{Context, ServiceError};

actions! { write untag(tag_keys: Vec<String>) -> () {
    UntagUser: User, user_name;
    UntagRole: Role, role_name;
    UntagInstanceProfile: InstanceProfile, instance_profile_name;
    UntagPolicy: ManagedPolicy, policy_arn;
    UntagOpenIDConnectProvider: OidcProvider, open_i_d_connect_provider_arn;
} }

fn untag<E: Tagged>(named: &str, keys: &[String], cx: &mut Context) -> Result<(), ServiceError> {
    let mut entity = E::existing(named, cx)?.clone();
    validate::remove(keys, entity.tags_mut());
    entity.store(cx);
    Ok(())
}
