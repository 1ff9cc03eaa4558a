//! From a document to the record sets of an instance.
//!
//! Each rule that can be reached becomes a group of sets under a name of its own below the zone's; a branch to a rule is an alias
//! to that rule's group, a branch to an endpoint holds the value. The instance's own name is an alias to the first rule. Names
//! carry a tag of the making, so that an update's tree stands beside the old one until the root switches.

use crate::record_set::{Alias, Content, GENERATED, Policy, RecordSet};
use crate::traffic_policy::document::{Branch, Document, Next};
use std::collections::BTreeMap;

/// Where the tree of an instance stands.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// The zone.
    pub(crate) zone_id: String,
    /// Its name.
    pub(crate) zone_name: String,
    /// The instance's id.
    pub(crate) instance_id: String,
    /// The instance's name.
    pub(crate) name: String,
    /// Of all values.
    pub(crate) ttl: u32,
    /// Tells this tree from the instance's earlier ones.
    pub(crate) tag: String,
}

impl Site {
    /// To see what a document would come to.
    pub(crate) fn nowhere() -> Self {
        let zone_name = "example.com.".to_owned();
        Self {
            zone_id: String::new(),
            name: zone_name.clone(),
            zone_name,
            instance_id: "none".to_owned(),
            ttl: 0,
            tag: String::new(),
        }
    }

    fn name_of(&self, number: usize) -> String {
        format!("{GENERATED}{}-{number}.{}", self.tag, self.zone_name)
    }

    fn set(&self, document: &Document, name: &str, content: Content) -> RecordSet {
        RecordSet {
            zone_id: self.zone_id.clone(),
            name: name.to_owned(),
            kind: document.kind.as_str().to_owned(),
            set_identifier: None,
            content,
            policy: Policy::Simple,
            health_check_id: None,
            traffic_policy_instance_id: Some(self.instance_id.clone()),
        }
    }
}

/// Every set of the tree, the root first.
pub(crate) fn sets(document: &Document, site: &Site) -> Vec<RecordSet> {
    let mut names = Names { numbers: BTreeMap::new(), ahead: Vec::new(), site };
    let root = content(&document.start, true, document, &mut names);
    let mut sets = vec![site.set(document, &site.name, root)];
    while let Some(rule) = names.ahead.pop() {
        let name = names.of(rule);
        for (number, branch) in document.rules.get(rule).into_iter().flatten().enumerate() {
            let held = content(&branch.next, branch.evaluate_target_health, document, &mut names);
            sets.push(member(branch, number, site.set(document, &name, held)));
        }
    }
    sets
}

fn member(branch: &Branch, number: usize, set: RecordSet) -> RecordSet {
    RecordSet {
        set_identifier: Some((number + 1).to_string()),
        policy: branch.policy.clone(),
        health_check_id: branch.health_check_id.clone(),
        ..set
    }
}

fn content<'d>(
    next: &'d Next,
    evaluate_target_health: bool,
    document: &Document,
    names: &mut Names<'d, '_>,
) -> Content {
    match next {
        Next::Rule(rule) => Content::of_alias(Alias { name: names.of(rule), evaluate_target_health }),
        Next::Endpoint(endpoint) => {
            let value = document.endpoints.get(endpoint).cloned();
            Content::of_values(names.site.ttl, value.into_iter().collect())
        }
    }
}

/// Names of the rules met so far, which may be met again: a document is a graph, its rules are made once.
struct Names<'d, 's> {
    numbers: BTreeMap<&'d str, usize>,
    ahead: Vec<&'d str>,
    site: &'s Site,
}

impl<'d> Names<'d, '_> {
    fn of(&mut self, rule: &'d str) -> String {
        let next = self.numbers.len() + 1;
        let number = *self.numbers.entry(rule).or_insert(next);
        if number == next {
            self.ahead.push(rule);
        }
        self.site.name_of(number)
    }
}
