//! AttachUserPolicy, AttachGroupPolicy, AttachRolePolicy. Attaching what is attached changes nothing.

use crate::actions::actions;
use crate::group::Group;
use crate::permissions::Principal;
use crate::role::Role;
use crate::user::User;
use crate::{errors, managed_policy};
use controlplane_services_kernel::{Context, ServiceError};

actions! { write attach(policy_arn: String) -> () {
    AttachUserPolicy: User, user_name;
    AttachGroupPolicy: Group, group_name;
    AttachRolePolicy: Role, role_name;
} }

fn attach<E: Principal>(named: &str, arn: &str, cx: &mut Context) -> Result<(), ServiceError> {
    let mut principal = E::existing(named, cx)?.clone();
    if managed_policy::lookup(arn, cx).is_none() {
        return Err(errors::policy_not_attachable(arn));
    }
    let (quota, most) = (E::POLICIES_QUOTA.0, E::POLICIES_QUOTA.1.limit(cx));
    let attached = &mut principal.permissions_mut().attached;
    if !attached.contains(arn) && attached.len() >= most {
        return Err(errors::quota(quota, most));
    }
    if attached.insert(arn.to_owned()) {
        principal.store(cx);
    }
    Ok(())
}
