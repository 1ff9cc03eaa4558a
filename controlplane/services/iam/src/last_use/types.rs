use crate::entity::Entity;
use crate::role::Role;
use controlplane_services_kernel::{Reader, Record, View};
use controlplane_services_native::AccessKey;
use controlplane_types::{AccountId, Key, Scope, Timestamp};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Milliseconds of what uses are good to.
const MINUTE: u64 = 60_000;
/// How long AWS remembers that a role was used: 400 days.
const TRACKED: Duration = Duration::from_secs(400 * 24 * 3600);

/// When an access key or a role was last used. Id: the key's (`AKIA...`) or the role's (`AROA...`), which no later role has.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct LastUse {
    /// The minute.
    #[n(0)]
    pub at: Timestamp,
    /// Where the request was to act.
    #[n(1)]
    pub region: String,
    /// The service it was signed for: `ec2`.
    #[n(2)]
    pub service: String,
}

impl Record for LastUse {
    const KIND: &'static str = "last_use";
    const GLOBAL: bool = true;
}

impl LastUse {
    /// A use at `at` in a region, of a service.
    pub fn new(at: Timestamp, region: &str, service: &str) -> Self {
        let at = Timestamp::from_millis(at.as_millis() - at.as_millis() % MINUTE);
        Self { at, region: region.to_owned(), service: service.to_owned() }
    }

    /// Where the record of a key or role of an account lives.
    pub fn key(account: &AccountId, id: &str) -> Key {
        Key::new(account, &Scope::Global, Self::KIND, id)
    }

    /// The last use of one of the caller's roles, as long as AWS remembers it.
    pub(crate) fn of_role<'r>(role: &Role, reader: &'r Reader) -> Option<&'r Self> {
        let used = reader.get::<Self>(&role.role_id);
        used.filter(|used| reader.now.since(used.at) <= TRACKED)
    }
}

/// What a request was signed with, as far as its use is told of. Sessions of users and of the root leave no trace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize)]
pub enum Credential {
    /// An access key, by its id.
    #[n(0)]
    AccessKey(#[n(0)] String),
    /// A session of a role.
    #[n(1)]
    Role {
        /// Whose role.
        #[n(0)]
        account: AccountId,
        /// Its name.
        #[n(1)]
        name: String,
        /// `AROA...`: another role may have come to have the name.
        #[n(2)]
        role_id: String,
    },
}

impl Credential {
    /// Where its last use is written; `None`: there is no such key or role any more, or never was.
    pub(crate) fn place(&self, view: &View) -> Option<Key> {
        match self {
            Self::AccessKey(id) => AccessKey::find(view, id).map(|key| LastUse::key(&key.account, id)),
            Self::Role { account, name, role_id } => {
                let role = Role::find(view, account, name).filter(|role| role.role_id == *role_id)?;
                Some(LastUse::key(account, &role.role_id))
            }
        }
    }
}

/// One use, as the server met it that was asked.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct Use {
    /// Of what.
    #[n(0)]
    pub credential: Credential,
    /// When and where.
    #[n(1)]
    pub last: LastUse,
}
