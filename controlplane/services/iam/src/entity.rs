//! What users, groups, roles, instance profiles, managed policies and identity providers have in common: a path, a unique id, an ARN, and names
//! that differ by more than case.
//!
//! The key of a record is its name in lower case, since AWS takes no two names that differ only by case; the record holds the
//! name as it was given.

use crate::errors;
use controlplane_services_kernel::quota::Quota;
use controlplane_services_kernel::{Context, Reader, Record, ServiceError, Stored, View};
use controlplane_types::{AccountId, Key, Scope};

/// Characters of a unique id behind its prefix of four.
const ID_LENGTH: usize = 17;

/// A record of IAM's.
pub trait Entity: Record {
    /// What AWS calls it in ARNs: `user`.
    const NOUN: &'static str;
    /// What its unique ids begin with: `AIDA`.
    const PREFIX: &'static str;
    /// AWS's name in errors for how many an account has, and how many that is.
    const QUOTA: (&'static str, &'static Quota);

    /// Its name as it was given.
    fn name(&self) -> &str;

    /// `/` or `/division/`.
    fn path(&self) -> &str;

    /// `arn:aws:iam::ACCOUNT:user/division/alice`.
    fn arn(&self, account: &AccountId) -> String {
        format!("arn:aws:iam::{account}:{}{}{}", Self::NOUN, self.path(), self.name())
    }

    /// Where the record with this name lives.
    fn key(account: &AccountId, name: &str) -> Key {
        Key::new(account, &Scope::Global, Self::KIND, &name.to_lowercase())
    }

    /// The record with this name, however its case.
    fn find<'v>(view: &'v View, account: &AccountId, name: &str) -> Option<Stored<'v, Self>> {
        view.stored(&Self::key(account, name))
    }

    /// The record an ARN of this account names.
    fn of_arn<'v>(view: &'v View, account: &AccountId, arn: &str) -> Option<Stored<'v, Self>> {
        let name = arn.rsplit('/').next()?;
        Self::find(view, account, name).filter(|found| found.arn(account) == arn)
    }

    /// The caller's record that a request names: by its name, managed policies by their ARN.
    fn existing<'r>(named: &str, reader: &'r Reader) -> Result<&'r Self, ServiceError> {
        let found = Self::find(&reader.view, &reader.caller.account, named);
        found.map(|found| found.record).ok_or_else(|| errors::missing::<Self>(named))
    }

    /// Writes it in place of what has its name.
    fn store(self, cx: &mut Context) {
        let id = self.name().to_lowercase();
        cx.put(&id, self);
    }
}

/// Checks that the account has room for another entity and no other of this name, and gives the unique id of the new one.
pub(crate) fn new<E: Entity>(name: &str, cx: &mut Context) -> Result<String, ServiceError> {
    free::<E>(name, cx)?;
    room::<E>(cx)?;
    Ok(format!("{}{}", E::PREFIX, cx.random().capitals(ID_LENGTH)))
}

/// Checks that the account has room for another entity.
pub(crate) fn room<E: Entity>(reader: &Reader) -> Result<(), ServiceError> {
    let (quota, limit) = (E::QUOTA.0, E::QUOTA.1.limit(reader));
    match reader.list::<E>().take(limit).count() == limit {
        true => Err(errors::quota(quota, limit)),
        false => Ok(()),
    }
}

/// Checks that a name can be given. The model's pattern has been met; it takes letters of all alphabets, IAM only ASCII's.
pub(crate) fn free<E: Entity>(name: &str, reader: &Reader) -> Result<(), ServiceError> {
    if !name.is_ascii() {
        return Err(errors::invalid_name(&format!("{}Name", E::NOUN.replace("-p", "P"))));
    }
    match reader.get::<E>(&name.to_lowercase()) {
        None => Ok(()),
        Some(_) => Err(errors::taken::<E>(name)),
    }
}

/// The path of a new entity.
pub(crate) fn path_or_root(given: Option<&str>) -> String {
    given.unwrap_or("/").to_owned()
}

/// The entities of the caller whose path begins with `prefix`, by their keys.
pub(crate) fn under<'r, E: Entity>(
    prefix: Option<&str>,
    reader: &'r Reader,
) -> impl Iterator<Item = (String, &'r E)> {
    let within = move |entity: &&E| prefix.is_none_or(|prefix| entity.path().starts_with(prefix));
    let all = reader.list::<E>().map(|stored| stored.record).filter(within);
    all.map(|entity| (entity.name().to_lowercase(), entity))
}
