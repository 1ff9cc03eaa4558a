use crate::certificate::Role;
use crate::errors;
use controlplane_services_kernel::context::SYSTEM_ACCOUNT;
use controlplane_services_kernel::manifest::Deletion;
use controlplane_services_kernel::record::time_index;
use controlplane_services_kernel::{Context, Record, ServiceError};
use controlplane_types::{Key, RegionName, Scope, Timestamp};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use std::fmt;

/// Index: when the token ends.
pub const EXPIRES: &str = "join-token-expires";

/// A token. Id: made up; owner: the system account.
#[derive(Clone, PartialEq, Encode, Decode)]
pub struct JoinToken {
    /// SHA-256 of the secret, which is long and random: no slower hash is needed.
    #[n(0)]
    pub secret_hash: ByteVec,
    /// What its holder becomes.
    #[n(1)]
    pub role: Role,
    /// Who its holder becomes; anybody when absent.
    #[n(2)]
    pub name: Option<String>,
    /// When it was made.
    #[n(3)]
    pub created_at: Timestamp,
    /// When it ends.
    #[n(4)]
    pub expires_at: Timestamp,
    /// Who came in with it.
    #[n(5)]
    pub used: Option<Used>,
}

/// The one use of a token.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Used {
    /// SHA-256 of the joiner's public key: only the same joiner may ask again.
    #[n(0)]
    pub key_hash: ByteVec,
    /// The certificate given for it.
    #[n(1)]
    pub serial: String,
    /// When.
    #[n(2)]
    pub at: Timestamp,
}

impl Record for JoinToken {
    const KIND: &'static str = "join_token";

    fn index(&self, add: &mut dyn FnMut(&'static str, &str)) {
        add(EXPIRES, &time_index(self.expires_at));
    }
}

impl JoinToken {
    /// Where the record of a token lives.
    pub fn key(region: &RegionName, id: &str) -> Key {
        Key::new(&SYSTEM_ACCOUNT.into(), &Scope::from(region), Self::KIND, id)
    }

    /// `Used`, `Expired` or `Unused`.
    pub fn state(&self, now: Timestamp) -> &'static str {
        match self.used {
            Some(_) => "Used",
            None if self.expires_at <= now => "Expired",
            None => "Unused",
        }
    }
}

/// Even the hash stays out of logs.
impl fmt::Debug for JoinToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("JoinToken");
        debug.field("role", &self.role).field("name", &self.name).field("expires_at", &self.expires_at);
        debug.finish_non_exhaustive()
    }
}

/// Takes a token back before its time; who came in with it stays in.
pub fn delete(id: &str, cx: &mut Context) -> Result<Deletion, ServiceError> {
    let key = JoinToken::key(&cx.caller.region, id);
    cx.view.get::<JoinToken>(&key).ok_or_else(|| errors::no_join_token(id))?;
    cx.delete_at(key);
    Ok(Deletion::Done)
}
