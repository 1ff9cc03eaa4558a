//! What users, groups, roles, instance profiles and managed policies have in common: a path, a unique id, an ARN, and names
//! that differ by more than case.
//!
//! The key of a record is its name in lower case, since AWS takes no two names that differ only by case; the record holds the
//! name as it was given.

use controlplane_services_kernel::{Record, Stored, View};
use controlplane_types::{AccountId, Key, Scope};

/// A record of IAM's.
pub trait Entity: Record {
    /// What AWS calls it in ARNs: `user`.
    const NOUN: &'static str;
    /// What its unique ids begin with: `AIDA`.
    const PREFIX: &'static str;

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
}
