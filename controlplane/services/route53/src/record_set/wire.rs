//! `ResourceRecordSet` as it stands on the wire, and its way into and out of a record. Every member has one door: this one.

use super::validate::problem_with_values;
use super::{Content, Policy, RecordSet};
use controlplane_types::dns::Name;
use serde::{Deserialize, Serialize};

/// A record set on the wire.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ResourceRecordSet {
    /// Fully qualified, trailing dot optional on the way in.
    pub name: String,
    /// `A`, `MX`, ...
    pub r#type: String,
    /// Name within its group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set_identifier: Option<String>,
    /// Weighted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<i64>,
    /// `PRIMARY` or `SECONDARY`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failover: Option<String>,
    /// Multivalue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multi_value_answer: Option<bool>,
    /// Seconds.
    #[serde(rename = "TTL", skip_serializing_if = "Option::is_none")]
    pub ttl: Option<i64>,
    /// Values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_records: Option<Vec<ResourceRecord>>,
    /// Health check it depends on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health_check_id: Option<String>,
}

/// One value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ResourceRecord {
    /// Presentation form.
    pub value: String,
}

impl ResourceRecordSet {
    /// The record this describes in a zone, or everything that is wrong with it.
    pub fn read(&self, zone_id: &str, action: &str) -> Result<RecordSet, Vec<String>> {
        let mut problems = Vec::new();
        let name = Name::parse(&self.name).map_err(|error| {
            vec![format!(
                "Invalid Resource Record: 'FATAL problem: {} ({}) encountered with '{}''",
                error.code(),
                error.text(),
                self.name
            )]
        })?;
        let content = self.content(action, &mut problems);
        let policy = self.policy(&mut problems);
        self.check_identifier(&policy, &mut problems);
        let set = RecordSet {
            zone_id: zone_id.to_owned(),
            name: name.to_string(),
            kind: self.r#type.clone(),
            set_identifier: self.set_identifier.clone(),
            content,
            policy,
            health_check_id: self.health_check_id.clone().filter(|id| !id.is_empty()),
        };
        problems.extend(problem_with_values(&set));
        if problems.is_empty() { Ok(set) } else { Err(problems) }
    }

    fn content(&self, action: &str, problems: &mut Vec<String>) -> Content {
        let values = self.resource_records.iter().flatten().map(|record| record.value.clone()).collect();
        match self.ttl {
            Some(ttl) if self.resource_records.as_ref().is_some_and(|records| !records.is_empty()) => {
                let ttl =
                    u32::try_from(ttl).ok().filter(|ttl| *ttl <= i32::MAX as u32).unwrap_or_else(|| {
                        problems.push(format!("Invalid TTL: {ttl} must be from 0 to 2147483647"));
                        0
                    });
                Content { ttl, values }
            }
            _ => {
                let identifier = self.set_identifier.as_deref().unwrap_or("null");
                problems.push(format!(
                    "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or \
                     TrafficPolicyInstanceId], but found none in Change with [Action={action}, Name={}, Type={}, \
                     SetIdentifier={identifier}]",
                    self.name, self.r#type
                ));
                Content { ttl: 0, values }
            }
        }
    }

    fn policy(&self, problems: &mut Vec<String>) -> Policy {
        let multivalue = self.multi_value_answer == Some(true);
        let given = [self.weight.is_some(), self.failover.is_some(), multivalue];
        if given.iter().filter(|given| **given).count() > 1 {
            problems.push(format!(
                "Invalid request: Expected at most one of [Weight, Failover, MultiValueAnswer] in the RRSet with \
                 name {}, type {}",
                self.name, self.r#type
            ));
        }
        match (self.weight, self.failover.as_deref()) {
            (Some(weight), _) => Policy::Weighted {
                weight: u8::try_from(weight).unwrap_or_else(|_| {
                    problems.push(format!("Invalid Weight: {weight} must be from 0 to 255"));
                    0
                }),
            },
            (None, Some(role)) => {
                if !matches!(role, "PRIMARY" | "SECONDARY") {
                    problems.push(format!("Invalid Failover: {role} must be PRIMARY or SECONDARY"));
                }
                Policy::Failover { primary: role == "PRIMARY" }
            }
            (None, None) if multivalue => Policy::Multivalue,
            (None, None) => Policy::Simple,
        }
    }

    fn check_identifier(&self, policy: &Policy, problems: &mut Vec<String>) {
        let identifier = self.set_identifier.as_deref();
        match (policy, identifier) {
            (Policy::Simple, Some(_)) => problems.push(format!(
                "Invalid request: Missing field 'Weight', 'Failover' or 'MultiValueAnswer' in Change with \
                 SetIdentifier for the RRSet with name {}, type {}",
                self.name, self.r#type
            )),
            (Policy::Simple, None) => {}
            (_, None) => problems.push(format!(
                "Invalid request: Missing field 'SetIdentifier' in Change with name {}, type {}",
                self.name, self.r#type
            )),
            (_, Some(identifier)) => {
                let length = identifier.chars().count();
                if !(1..=128).contains(&length) || identifier.chars().any(char::is_control) {
                    problems
                        .push("Invalid SetIdentifier: it must have 1 to 128 printable characters".to_owned());
                }
            }
        }
    }
}

impl From<&RecordSet> for ResourceRecordSet {
    fn from(set: &RecordSet) -> Self {
        let values = set.content.values.iter().map(|value| ResourceRecord { value: value.clone() });
        let mut wire = Self {
            name: set.name.clone(),
            r#type: set.kind.clone(),
            set_identifier: set.set_identifier.clone(),
            ttl: Some(i64::from(set.content.ttl)),
            resource_records: Some(values.collect()),
            health_check_id: set.health_check_id.clone(),
            ..Self::default()
        };
        match set.policy {
            Policy::Simple => {}
            Policy::Weighted { weight } => wire.weight = Some(i64::from(weight)),
            Policy::Failover { primary } => {
                wire.failover = Some(if primary { "PRIMARY" } else { "SECONDARY" }.to_owned());
            }
            Policy::Multivalue => wire.multi_value_answer = Some(true),
        }
        wire
    }
}
