//! PutUserPermissionsBoundary, PutRolePermissionsBoundary.

use crate::actions::actions;
use crate::permissions::{Principal, boundary};
use crate::role::Role;
use crate::user::User;
use controlplane_services_kernel::{Context, ServiceError};

actions! { write put(permissions_boundary: String) -> () {
    PutUserPermissionsBoundary: User, user_name;
    PutRolePermissionsBoundary: Role, role_name;
} }

fn put<E: Principal>(named: &str, arn: &str, cx: &mut Context) -> Result<(), ServiceError> {
    let mut principal = E::existing(named, cx)?.clone();
    principal.permissions_mut().boundary = boundary(Some(arn), cx)?;
    principal.store(cx);
    Ok(())
}
