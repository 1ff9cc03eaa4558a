use controlplane_services_kernel::context::SYSTEM_ACCOUNT;
use controlplane_services_kernel::{Record, Stored, View};
use controlplane_types::{AccountId, Key, Scope, Timestamp};
use minicbor::{Decode, Encode};
use std::fmt;

/// Index of keys by whose they are: the account for its root, `account/user` for a user.
const BY_OWNER: &str = "owner";

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
    /// When it was made, where that is known.
    #[cbor(n(4), default)]
    pub created_at: Option<Timestamp>,
}

impl Record for AccessKey {
    const KIND: &'static str = "access_key";
    const GLOBAL: bool = true;

    fn index(&self, add: &mut dyn FnMut(&'static str, &str)) {
        add(BY_OWNER, &owner(&self.account, self.user.as_deref()));
    }
}

fn owner(account: &AccountId, user: Option<&str>) -> String {
    user.map_or_else(|| account.to_string(), |user| format!("{account}/{user}"))
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
        view.find::<Self>(BY_OWNER, &owner(account, None)).next().map(|key| (key.key.id(), key.record))
    }

    /// The keys of a user, by his name in lower case, or of the root, ordered by id.
    pub fn of_user<'v>(
        view: &'v View,
        account: &AccountId,
        user: Option<&str>,
    ) -> impl Iterator<Item = Stored<'v, Self>> + use<'v> {
        view.find::<Self>(BY_OWNER, &owner(account, user))
    }
}

/// Secrets stay out of logs.
impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKey")
            .field("account", &self.account)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}
