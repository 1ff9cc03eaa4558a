//! The document of a traffic policy, read into what record sets are made of.
//!
//! Both versions of the format become the same [`Document`]: a rule is a list of branches, each with the routing policy of the
//! record set it will be. So everything that holds for record sets is checked by the record sets' own rules, and the format's
//! second spelling of each policy ends here.
//!
//! Endpoints other than values stand for services of AWS's that nothing here answers for; documents with them are refused.

mod check;
mod members;
mod read;
mod rules;

#[cfg(test)]
mod tests;

pub(crate) use read::read;

use crate::record_set::Policy;
use controlplane_types::dns::RecordType;
use std::collections::BTreeMap;

/// A document that record sets can be made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Of all its records.
    pub kind: RecordType,
    /// What the name of an instance is answered with.
    pub start: Next,
    /// Values by the endpoints' names.
    pub endpoints: BTreeMap<String, String>,
    /// Branches by the rules' names.
    pub rules: BTreeMap<String, Vec<Branch>>,
}

/// What a branch leads to, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// A rule.
    Rule(String),
    /// An endpoint.
    Endpoint(String),
}

/// One member of a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// When it is chosen.
    pub policy: Policy,
    /// What it leads to.
    pub next: Next,
    /// Whether it is as healthy as the rule it leads to. An endpoint that is a value has no health of its own.
    pub evaluate_target_health: bool,
    /// The health check it depends on.
    pub health_check_id: Option<String>,
}
