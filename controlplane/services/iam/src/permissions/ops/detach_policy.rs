//! DetachUserPolicy, DetachGroupPolicy, DetachRolePolicy.

use crate::actions::actions;
use crate::errors;
use crate::group::Group;
use crate::permissions::Principal;
use crate::role::Role;
use crate::user::User;
use controlplane_services_kernel::{Context, ServiceError};

actions! { write detach(policy_arn: String) -> () {
    DetachUserPolicy: User, user_name;
    DetachGroupPolicy: Group, group_name;
    DetachRolePolicy: Role, role_name;
} }

fn detach<E: Principal>(named: &str, arn: &str, cx: &mut Context) -> Result<(), ServiceError> {
    let mut principal = E::existing(named, cx)?.clone();
    if !principal.permissions_mut().attached.remove(arn) {
        return Err(errors::policy_not_found(arn));
    }
    principal.store(cx);
    Ok(())
}
