//! Managed prefix lists: blocks of addresses under one id, for rules of security groups and for routes.
//!
//! A list is one record with what moves (name, room, number of the current version), and one record per version, which
//! never changes. Machines know nothing of lists: whoever tells them of a group or a subnet puts a list's entries in its
//! place ([`entries`]), so a change of a list is a change of every group and table that refers to it.
//!
//! What readers get wrong: a reference weighs as much as the list has room for ([`weight`]), not as many entries as it
//! has. So a quota that was kept when the reference was made cannot be broken by an entry added later; only giving the
//! list more room asks again.
//!
//! AWS makes changes of lists in the background (`modify-in-progress`). Here they are in force with the answer, so only
//! the states that end such changes are ever seen. Of the versions the newest [`KEPT_VERSIONS`] are kept.
//!
//! - <https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html>
//! - <https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html>

mod change;
mod columns;
mod manifest;
pub(crate) mod ops;
mod types;
mod validate;

#[cfg(test)]
mod tests;

pub use types::{Entry, Family, KEPT_VERSIONS, PrefixList, PrefixListVersion, State};

use controlplane_services_kernel::{Reader, ServiceError};

/// The blocks of a list as it is now; none of a list that is not there.
pub fn entries<'r>(id: &str, cx: &'r Reader) -> &'r [Entry] {
    let current = cx.get::<PrefixList>(id).map(|list| PrefixListVersion::id(id, list.version));
    let version = current.and_then(|id| cx.get::<PrefixListVersion>(&id));
    version.map_or(&[], |version| &version.entries)
}

/// How many rules or routes a reference to a list counts for.
pub(crate) fn weight(id: &str, cx: &Reader) -> usize {
    cx.get::<PrefixList>(id).map_or(1, |list| list.max_entries as usize)
}

/// The list a rule or route refers to; it has to exist.
pub(crate) fn require<'r>(id: &str, cx: &'r Reader) -> Result<&'r PrefixList, ServiceError> {
    crate::resource::require::<PrefixList>(id, cx)
}
