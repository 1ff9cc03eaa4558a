use controlplane_services_kernel::context::SYSTEM_ACCOUNT;
use controlplane_services_kernel::{Record, View};
use controlplane_types::{AccountId, Key, Scope};
use minicbor::{Decode, Encode};
use std::fmt;

/// An access key. Id: the access key id; owner: the system account, because a request names the key before any account.
#[derive(Clone, PartialEq, Encode, Decode)]
pub struct AccessKey {
    /// What the client signs with.
    #[n(0)]
    pub secret: String,
    /// Whose root it is.
    #[n(1)]
    pub account: AccountId,
}

impl Record for AccessKey {
    const KIND: &'static str = "access_key";
    const GLOBAL: bool = true;
}

impl AccessKey {
    /// Where the record of an access key lives.
    pub fn key(access_key_id: &str) -> Key {
        Key::new(&SYSTEM_ACCOUNT.into(), &Scope::Global, Self::KIND, access_key_id)
    }

    /// The access key with this id.
    pub fn find<'v>(view: &'v View, access_key_id: &str) -> Option<&'v Self> {
        view.get(&Self::key(access_key_id))
    }

    /// The access key of an account's root, with its id.
    pub fn of_account<'v>(view: &'v View, account: &AccountId) -> Option<(&'v str, &'v Self)> {
        view.all::<Self>().find(|key| key.account == *account).map(|key| (key.key.id(), key.record))
    }
}

/// Secrets stay out of logs.
impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKey").field("account", &self.account).finish_non_exhaustive()
    }
}
