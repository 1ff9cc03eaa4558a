//! PutUserPolicy, PutGroupPolicy, PutRolePolicy: an inline policy, new or in place of the one of this name.

use crate::actions::actions;
use crate::documents;
use crate::errors;
use crate::group::Group;
use crate::permissions::Principal;
use crate::role::Role;
use crate::user::User;
use controlplane_services_kernel::{Context, ServiceError};

actions! { write put(policy_name: String, policy_document: String) -> () {
    PutUserPolicy: User, user_name;
    PutGroupPolicy: Group, group_name;
    PutRolePolicy: Role, role_name;
} }

fn put<E: Principal>(
    named: &str,
    policy_name: &str,
    text: &str,
    cx: &mut Context,
) -> Result<(), ServiceError> {
    let mut principal = E::existing(named, cx)?.clone();
    let inline = &mut principal.permissions_mut().inline;
    let others = inline.iter().filter(|(name, _)| *name != policy_name);
    let length: usize = others.map(|(_, document)| documents::size(document.text())).sum();
    if length + documents::size(text) > E::INLINE_MAX {
        return Err(errors::inline_too_long::<E>(principal.name(), E::INLINE_MAX));
    }
    inline.insert(policy_name.to_owned(), documents::inline(text)?);
    principal.store(cx);
    Ok(())
}
