use super::{AliasTarget, ResourceRecordSet};
use crate::page;
use crate::record_set::values::problem_with_values;
use crate::record_set::{Action, Alias, Content, Policy, RecordSet};
use controlplane_types::dns::Name;

/// Why a set of a request is no record set.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Members contradict each other: the request is `InvalidInput`, whatever else is wrong with it.
    Request(String),
    /// What the set says is wrong: problems of the batch.
    Problems(Vec<String>),
}

impl Refusal {
    /// Everything it says.
    pub(in crate::record_set) fn problems(self) -> Vec<String> {
        match self {
            Self::Request(message) => vec![message],
            Self::Problems(problems) => problems,
        }
    }
}

impl ResourceRecordSet {
    /// The record this describes in a zone, or everything that is wrong with it.
    pub fn read(&self, zone_id: &str, action: Action) -> Result<RecordSet, Refusal> {
        let policy = self.read_policy(action).map_err(Refusal::Request)?;
        self.check_content(action).map_err(Refusal::Request)?;
        let ttl = self.read_ttl().map_err(Refusal::Request)?;
        let name = read_name(&self.name).map_err(|problem| Refusal::Problems(vec![problem]))?;
        let values = self.resource_records.iter().flatten().map(|record| record.value.clone()).collect();
        let content = match self.alias_target.as_ref().map(|target| self.read_alias(target, zone_id)) {
            None => Content::of_values(ttl, values),
            Some(Ok(alias)) => Content::of_alias(alias),
            Some(Err(problems)) => return Err(Refusal::Problems(problems)),
        };
        let set = RecordSet {
            zone_id: zone_id.to_owned(),
            name: name.to_string(),
            kind: self.r#type.clone(),
            set_identifier: self.set_identifier.clone(),
            content,
            policy,
            health_check_id: self.health_check_id.clone().filter(|id| !id.is_empty()),
            traffic_policy_instance_id: self.traffic_policy_instance_id.clone(),
        };
        let problems = problem_with_values(&set);
        if problems.is_empty() { Ok(set) } else { Err(Refusal::Problems(problems)) }
    }

    /// How messages name the change this is part of.
    pub(super) fn in_change(&self, action: Action) -> String {
        let identifier = self.set_identifier.as_deref().unwrap_or("null");
        let action = action.as_str();
        let name = match self.name.as_str() {
            name if name.ends_with('.') => name.to_owned(),
            name => format!("{name}."),
        };
        format!(
            "in Change with [Action={action}, Name={name}, Type={}, SetIdentifier={identifier}]",
            self.r#type
        )
    }

    /// Exactly one kind of content. The root of a traffic policy instance can only be deleted: the instance makes it.
    fn check_content(&self, action: Action) -> Result<(), String> {
        let records = self.resource_records.as_ref().is_some_and(|records| !records.is_empty());
        let alias = self.alias_target.is_some();
        let instance = self.traffic_policy_instance_id.is_some();
        let (some, whole) = (self.ttl.is_some() || records, self.ttl.is_some() && records);
        // Half of values is none of them, and too much beside something else.
        let values = whole || (some && (alias || instance));
        let given = [alias, instance, values].into_iter().filter(|given| *given).count();
        let found = match given {
            1 if instance && action != Action::Delete => {
                return Err(format!(
                    "Invalid request: TrafficPolicyInstanceId {}: a traffic policy instance makes its own record set",
                    self.in_change(action)
                ));
            }
            1 => return Ok(()),
            0 => "none",
            _ => "more than one",
        };
        Err(format!(
            "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or \
             TrafficPolicyInstanceId], but found {found} {}",
            self.in_change(action)
        ))
    }

    fn read_ttl(&self) -> Result<u32, String> {
        let ttl = self.ttl.unwrap_or_default();
        let fits = u32::try_from(ttl).ok().filter(|ttl| *ttl <= i32::MAX as u32);
        fits.ok_or_else(|| format!("Invalid TTL: {ttl} must be from 0 to 2147483647"))
    }

    /// Aliases to AWS's own services have targets in zones of those services, which nothing here answers for.
    fn read_alias(&self, target: &AliasTarget, zone_id: &str) -> Result<Alias, Vec<String>> {
        let name = read_name(&target.dns_name).map_err(|problem| vec![problem])?;
        let zone = page::bare_id(&target.hosted_zone_id, "hostedzone");
        if zone != zone_id {
            let about = |what| alias_problem(&name.to_string(), &self.r#type, zone, what);
            return Err(vec![about(NOT_IN_ZONE), about(NOT_FOUND)]);
        }
        Ok(Alias { name: name.to_string(), evaluate_target_health: target.evaluate_target_health })
    }

    /// What every policy needs, and the simple one must not have.
    pub(super) fn check_identifier(&self, policy: &Policy, action: Action) -> Result<(), String> {
        let length = self.set_identifier.as_ref().map(|identifier| identifier.chars().count());
        match (policy, length) {
            // Who deletes a multivalue set may leave that out.
            (Policy::Simple, None) => Ok(()),
            (Policy::Simple, Some(_)) if action == Action::Delete => Ok(()),
            (Policy::Simple, Some(_)) => Err(format!(
                "Invalid request: Expected exactly one of {POLICIES}, but found none {}",
                self.in_change(action)
            )),
            (_, None) => {
                Err(format!("Invalid request: Missing field 'SetIdentifier' {}", self.in_change(action)))
            }
            (_, Some(length)) => {
                let printable = !self.set_identifier.iter().any(|text| text.chars().any(char::is_control));
                if (1..=128).contains(&length) && printable {
                    Ok(())
                } else {
                    Err("Invalid SetIdentifier: it must have 1 to 128 printable characters".to_owned())
                }
            }
        }
    }
}

/// Members that choose a policy, as messages list them.
pub(super) const POLICIES: &str =
    "[Weight, Region, Failover, GeoLocation, MultiValueAnswer, GeoProximityLocation, or CidrRoutingConfig]";

/// What is wrong with an alias whose target lies elsewhere.
pub(in crate::record_set) const NOT_IN_ZONE: &str =
    "but the alias target name does not lie within the target zone";

/// What is wrong with an alias whose target does not exist.
pub(in crate::record_set) const NOT_FOUND: &str = "but that target was not found";

/// What is wrong with an alias.
pub(in crate::record_set) fn alias_problem(target: &str, kind: &str, zone_id: &str, what: &str) -> String {
    format!("Tried to create an alias that targets {target}, type {kind} in zone {zone_id}, {what}")
}

fn read_name(text: &str) -> Result<Name, String> {
    Name::parse(text).map_err(|error| {
        format!(
            "Invalid Resource Record: 'FATAL problem: {} ({}) encountered with '{text}''",
            error.code(),
            error.text()
        )
    })
}
