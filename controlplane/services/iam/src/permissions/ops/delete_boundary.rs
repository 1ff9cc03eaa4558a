//! DeleteUserPermissionsBoundary, DeleteRolePermissionsBoundary. What has none stays as it is.

use crate::actions::actions;
use crate::permissions::Principal;
use crate::role::Role;
use crate::user::User;
use controlplane_services_kernel::{Context, ServiceError};

actions! { write delete() -> () {
    DeleteUserPermissionsBoundary: User, user_name;
    DeleteRolePermissionsBoundary: Role, role_name;
} }

fn delete<E: Principal>(named: &str, cx: &mut Context) -> Result<(), ServiceError> {
    let mut principal = E::existing(named, cx)?.clone();
    if principal.permissions_mut().boundary.take().is_some() {
        principal.store(cx);
    }
    Ok(())
}
