use crate::errors;
use crate::user::{Asker, User, asker};
use controlplane_services_kernel::{Reader, ServiceError};
use controlplane_services_native::AccessKey;

/// The user whose keys are to be changed.
pub(super) fn user<'r>(named: Option<&str>, reader: &'r Reader) -> Result<&'r User, ServiceError> {
    match asker(named, reader)? {
        Asker::User(user) => Ok(user),
        Asker::Root => Err(errors::root_keys_are_given()),
    }
}

/// A key of his.
pub(super) fn existing<'r>(id: &str, user: &User, reader: &'r Reader) -> Result<&'r AccessKey, ServiceError> {
    let owner = user.name.to_lowercase();
    let key: Option<&AccessKey> = reader.view.get(&AccessKey::key(id));
    key.filter(|key| key.account == reader.caller.account && key.user.as_ref() == Some(&owner))
        .ok_or_else(|| errors::access_key_not_found(id))
}
