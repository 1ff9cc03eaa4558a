//! What a user, group or role may: managed policies attached to it, inline policies of its own, and a boundary.

use crate::policy::Document;
use minicbor::{Decode, Encode};
use std::collections::{BTreeMap, BTreeSet};

/// Index of users, groups and roles by the ARNs of attached managed policies.
pub const BY_ATTACHED: &str = "attached_policy";

/// Index of users and roles by the ARN of their permission boundary.
pub const BY_BOUNDARY: &str = "permissions_boundary";

/// A principal's policies.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
pub struct Permissions {
    /// ARNs of managed policies.
    #[n(0)]
    pub attached: BTreeSet<String>,
    /// Documents by name.
    #[n(1)]
    pub inline: BTreeMap<String, Document>,
    /// ARN of the managed policy that bounds what the others allow. Groups have none.
    #[n(2)]
    pub boundary: Option<String>,
}

impl Permissions {
    pub(crate) fn index(&self, add: &mut dyn FnMut(&'static str, &str)) {
        self.attached.iter().for_each(|arn| add(BY_ATTACHED, arn));
        self.boundary.iter().for_each(|arn| add(BY_BOUNDARY, arn));
    }
}
