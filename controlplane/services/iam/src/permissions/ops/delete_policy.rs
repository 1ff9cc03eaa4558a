//! DeleteUserPolicy, DeleteGroupPolicy, DeleteRolePolicy: an inline policy.

use crate::actions::actions;
use crate::errors;
use crate::group::Group;
use crate::permissions::Principal;
use crate::role::Role;
use crate::user::User;
use controlplane_services_kernel::{Context, ServiceError};

actions! { write delete(policy_name: String) -> () {
    DeleteUserPolicy: User, user_name;
    DeleteGroupPolicy: Group, group_name;
    DeleteRolePolicy: Role, role_name;
} }

fn delete<E: Principal>(named: &str, policy_name: &str, cx: &mut Context) -> Result<(), ServiceError> {
    let mut principal = E::existing(named, cx)?.clone();
    if principal.permissions_mut().inline.remove(policy_name).is_none() {
        return Err(errors::inline_not_found::<E>(policy_name));
    }
    principal.store(cx);
    Ok(())
}
