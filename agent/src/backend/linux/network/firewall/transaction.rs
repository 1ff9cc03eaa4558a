//! The difference between two rulesets as one transaction: all of it is in force at once or none of it.
//!
//! The order inside matters to nft, which checks each line against the ones before: what is referred to comes
//! before what refers to it, and goes after it.

use super::{Base, Chain, Ruleset, Set, Table, TableName};
use std::collections::BTreeSet;
use std::fmt;

/// Lines for `nft -f`. Empty when nothing differs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::backend::linux::network) struct Transaction {
    lines: Vec<String>,
}

impl Transaction {
    /// What makes `found` into `wanted`. Tables that are not wanted go; a table whose sets changed their type is made anew.
    pub(in crate::backend::linux::network) fn between(found: &Ruleset, wanted: &Ruleset) -> Self {
        let mut transaction = Self::default();
        for name in found.keys().filter(|name| !wanted.contains_key(*name)) {
            transaction.lines.push(format!("delete table {name}"));
        }
        for (name, table) in wanted {
            match found.get(name) {
                Some(there) if retyped(there, table) => {
                    transaction.lines.push(format!("delete table {name}"));
                    transaction.create(name, table);
                }
                Some(there) => Step { name, found: there, wanted: table }.write(&mut transaction.lines),
                None => transaction.create(name, table),
            }
        }
        transaction
    }

    /// Whether there is nothing to do.
    pub(in crate::backend::linux::network) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The lines.
    #[cfg(test)]
    pub(in crate::backend::linux::network) fn lines(&self) -> &[String] {
        &self.lines
    }

    fn create(&mut self, name: &TableName, table: &Table) {
        self.lines.push(format!("add table {name}"));
        Step { name, found: &Table::default(), wanted: table }.write(&mut self.lines);
    }
}

impl fmt::Display for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

fn retyped(found: &Table, wanted: &Table) -> bool {
    wanted.sets.iter().any(|(name, set)| found.sets.get(name).is_some_and(|there| !there.same_type(set)))
}

/// One table's change.
struct Step<'a> {
    name: &'a TableName,
    found: &'a Table,
    wanted: &'a Table,
}

impl Step<'_> {
    fn write(&self, lines: &mut Vec<String>) {
        self.add_sets(lines);
        self.remove_elements(lines);
        self.clear_chains(lines);
        self.add_chains(lines);
        self.add_rules(lines);
        self.add_elements(lines);
        self.remove_leftovers(lines);
    }

    fn add_sets(&self, lines: &mut Vec<String>) {
        for (set, wanted) in self.wanted.sets.iter().filter(|(set, _)| !self.found.sets.contains_key(*set)) {
            lines.push(format!("add {} {} {set} {}", word(wanted), self.name, declaration(wanted)));
        }
    }

    fn remove_elements(&self, lines: &mut Vec<String>) {
        for (name, found) in &self.found.sets {
            let kept = self.wanted.sets.get(name).map(|set| &set.elements);
            let stale =
                found.elements.iter().filter(|element| kept.is_none_or(|kept| !kept.contains(*element)));
            self.elements("delete", name, stale, lines);
        }
    }

    fn add_elements(&self, lines: &mut Vec<String>) {
        let none = BTreeSet::new();
        for (name, wanted) in &self.wanted.sets {
            let there = self.found.sets.get(name).map_or(&none, |set| &set.elements);
            self.elements("add", name, wanted.elements.difference(there), lines);
        }
    }

    fn elements<'e>(
        &self,
        verb: &str,
        set: &str,
        elements: impl Iterator<Item = &'e String>,
        lines: &mut Vec<String>,
    ) {
        let elements: Vec<&str> = elements.map(String::as_str).collect();
        if !elements.is_empty() {
            lines.push(format!("{verb} element {} {set} {{ {} }}", self.name, elements.join(", ")));
        }
    }

    /// Empties every chain that goes or changes, and removes base chains whose hook changed: they cannot be altered.
    fn clear_chains(&self, lines: &mut Vec<String>) {
        for (chain, found) in &self.found.chains {
            let wanted = self.wanted.chains.get(chain);
            if wanted != Some(found) && !found.rules.is_empty() {
                lines.push(format!("flush chain {} {chain}", self.name));
            }
            if wanted.is_some_and(|wanted| wanted.base != found.base) {
                lines.push(format!("delete chain {} {chain}", self.name));
            }
        }
    }

    fn add_chains(&self, lines: &mut Vec<String>) {
        for (chain, wanted) in &self.wanted.chains {
            let there = self.found.chains.get(chain).is_some_and(|found| found.base == wanted.base);
            if !there {
                lines.push(format!("add chain {} {chain}{}", self.name, hook(wanted)));
            }
        }
    }

    fn add_rules(&self, lines: &mut Vec<String>) {
        for (chain, wanted) in
            self.wanted.chains.iter().filter(|(chain, wanted)| self.found.chains.get(*chain) != Some(*wanted))
        {
            lines.extend(wanted.rules.iter().map(|rule| format!("add rule {} {chain} {rule}", self.name)));
        }
    }

    fn remove_leftovers(&self, lines: &mut Vec<String>) {
        for chain in self.found.chains.keys().filter(|chain| !self.wanted.chains.contains_key(*chain)) {
            lines.push(format!("delete chain {} {chain}", self.name));
        }
        for (name, set) in self.found.sets.iter().filter(|(name, _)| !self.wanted.sets.contains_key(*name)) {
            lines.push(format!("delete {} {} {name}", word(set), self.name));
        }
    }
}

fn word(set: &Set) -> &'static str {
    if set.value.is_some() { "map" } else { "set" }
}

fn declaration(set: &Set) -> String {
    let value = set.value.as_ref().map(|value| format!(" : {value}")).unwrap_or_default();
    let flags = if set.interval { " flags interval;" } else { "" };
    format!("{{ type {}{value};{flags} }}", set.key.join(" . "))
}

fn hook(chain: &Chain) -> String {
    let Some(Base { kind, hook, priority, policy, device }) = &chain.base else {
        return String::new();
    };
    let device = device.as_ref().map(|device| format!(" device \"{device}\"")).unwrap_or_default();
    format!(" {{ type {kind} hook {hook}{device} priority {priority}; policy {policy}; }}")
}
