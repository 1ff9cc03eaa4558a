use super::User;
use crate::entity::Entity;
use crate::errors;
use controlplane_services_kernel::{Caller, Reader, ServiceError};

/// Whom a request is about that may leave the user's name out: then it is about who asks.
#[derive(Debug, PartialEq)]
pub(crate) enum Asker<'r> {
    Root,
    User(&'r User),
}

/// The user with this name, or who asks.
pub(crate) fn asker<'r>(named: Option<&str>, reader: &'r Reader) -> Result<Asker<'r>, ServiceError> {
    if let Some(name) = named {
        return User::existing(name, reader).map(Asker::User);
    }
    let Caller { account, principal, .. } = &reader.caller;
    if *principal == format!("arn:aws:iam::{account}:root") {
        return Ok(Asker::Root);
    }
    let user = User::of_arn(&reader.view, account, principal).ok_or_else(errors::user_name_needed)?;
    Ok(Asker::User(user.record))
}
