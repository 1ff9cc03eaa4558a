use controlplane_services_kernel::context::SYSTEM_ACCOUNT;
use controlplane_services_kernel::{Record, View};
use controlplane_types::{AccountId, Key, Scope, Timestamp};
use minicbor::{Decode, Encode};
use std::fmt;

/// An access key. Id: the access key id; owner: the system account, because a request names the key before any account.
#[derive(Clone, PartialEq, Encode, Decode)]
pub struct AccessKey {
    /// What the client signs with.
    #[n(0)]
    pub secret: String,
    /// Of which account.
    #[n(1)]
    pub account: AccountId,
    /// The user whose it is, by name in lower case; absent: it is the account's root's.
    #[cbor(n(2), default)]
    pub user: Option<String>,
    /// Nobody may use it at present.
    #[cbor(n(3), default)]
    pub inactive: bool,
    /// When it was made; absent for an account's own.
    #[cbor(n(4), default)]
    pub created_at: Option<Timestamp>,
}

impl Record for AccessKey {
    const KIND: &'static str = "access_key";
    const GLOBAL: bool = true;
}

impl AccessKey {
    /// A key of an account's root.
    pub fn of_root(account: AccountId, secret: String) -> Self {
        Self { secret, account, user: None, inactive: false, created_at: None }
    }

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
        view.all::<Self>()
            .find(|key| key.account == *account && key.user.is_none())
            .map(|key| (key.key.id(), key.record))
    }
}

/// Secrets stay out of logs.
impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKey").field("account", &self.account).finish_non_exhaustive()
    }
}
