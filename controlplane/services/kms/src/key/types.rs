use crate::{P256Key, errors};
use controlplane_services_kernel::{Caller, Reader, Record, ServiceError, View};
use controlplane_types::{AccountId, Key, Scope, Timestamp};
use minicbor::{Decode, Encode};

/// A key. Id: a UUID.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct KmsKey {
    /// Both halves.
    #[n(0)]
    pub pair: P256Key,
    /// What the client wrote about it.
    #[n(1)]
    pub description: String,
    /// When it was made.
    #[n(2)]
    pub created_at: Timestamp,
    /// What may be done with it.
    #[n(3)]
    pub state: KeyState,
}

/// What may be done with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum KeyState {
    /// Everything.
    #[n(0)]
    Enabled,
    /// Nothing with its private half.
    #[n(1)]
    Disabled,
    /// Nothing; it goes at this time.
    #[n(2)]
    PendingDeletion(#[n(0)] Timestamp),
}

impl KeyState {
    /// AWS's word.
    pub fn as_str(self) -> &'static str {
        match self {
            KeyState::Enabled => "Enabled",
            KeyState::Disabled => "Disabled",
            KeyState::PendingDeletion(_) => "PendingDeletion",
        }
    }
}

impl Record for KmsKey {
    const KIND: &'static str = "kms_key";
}

impl KmsKey {
    /// The key an ARN names, if it belongs to `account`, in whichever region of the cluster.
    pub fn by_arn<'v>(arn: &str, account: &AccountId, view: &'v View) -> Option<&'v KmsKey> {
        view.get(&Self::key_of_arn(arn, account)?)
    }

    /// Where the record is that an ARN of `account` names.
    pub fn key_of_arn(arn: &str, account: &AccountId) -> Option<Key> {
        let mut parts = arn.strip_prefix("arn:aws:kms:")?.splitn(3, ':');
        let (region, owner, id) = (parts.next()?, parts.next()?, parts.next()?.strip_prefix("key/")?);
        let is_plain = |text: &str| {
            !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-')
        };
        let named = *account == owner.into() && is_plain(region) && is_plain(id);
        named.then(|| Key::new(account, &Scope::Region(region.into()), Self::KIND, id))
    }
}

/// The ARN of a key of the caller's.
pub fn arn_of(id: &str, caller: &Caller) -> String {
    format!("arn:aws:kms:{}:{}:key/{id}", caller.region, caller.account)
}

/// The caller's key that `text`, an id or an ARN, names, and its id.
pub fn existing<'r>(text: &'r str, cx: &'r Reader) -> Result<(&'r str, &'r KmsKey), ServiceError> {
    let prefix = arn_of("", &cx.caller);
    let id = text.strip_prefix(prefix.as_str()).unwrap_or(text);
    cx.get::<KmsKey>(id).map(|key| (id, key)).ok_or_else(|| errors::no_such_key(text))
}

/// The same, if its private half may be used.
pub fn usable<'r>(text: &'r str, cx: &'r Reader) -> Result<(&'r str, &'r KmsKey), ServiceError> {
    let (id, key) = existing(text, cx)?;
    match key.state {
        KeyState::Enabled => Ok((id, key)),
        KeyState::Disabled => Err(errors::disabled(&arn_of(id, &cx.caller))),
        KeyState::PendingDeletion(_) => Err(errors::pending_deletion(&arn_of(id, &cx.caller))),
    }
}
