//! A whole zone as a tree: every name, the members of its groups, and below an alias what it leads to, with the health that
//! counts now.
//!
//! Groups that some alias leads to stand below their aliases and not by themselves: every one is found from a name that no
//! alias leads to, since an alias on a circle leads nowhere. One that several lead to is drawn below the first.

use super::explain::{health, values};
use crate::compile::{Answer, CompiledZone, Group, Snapshot};
use controlplane_types::dns::{Name, RecordType, name};
use std::collections::BTreeSet;

/// Larger trees are refused: they have to fit a message.
pub(super) const MAX_DRAWN: usize = 3 << 20;
/// Values shown of one set.
const MOST_VALUES: usize = 8;

/// The tree of a zone; `None` if it is larger than fits a message (3 MiB). `check_id` names the check of a slot.
pub fn draw(
    snapshot: &Snapshot,
    zone: &CompiledZone,
    check_id: &dyn Fn(u32) -> Option<String>,
) -> Option<String> {
    let mut drawing = Drawing { snapshot, zone, check_id, drawn: BTreeSet::new() };
    let below = drawing.names();
    let root = Branch { text: format!("{} ({})", name::format(&zone.apex), zone.id()), below };
    let mut text = format!("{}\n", root.text);
    write(&root.below, "", &mut text).then_some(text)
}

/// A line, and what stands below it.
struct Branch {
    text: String,
    below: Vec<Branch>,
}

struct Drawing<'s> {
    snapshot: &'s Snapshot,
    zone: &'s CompiledZone,
    check_id: &'s dyn Fn(u32) -> Option<String>,
    /// Targets that stand somewhere already.
    drawn: BTreeSet<u32>,
}

impl<'s> Drawing<'s> {
    /// A branch for each group that is asked for by its own name only, in the order of listings.
    fn names(&mut self) -> Vec<Branch> {
        let zone = self.zone;
        let targets = led_to(zone);
        let mut groups: Vec<(String, Name, &Group)> = Vec::new();
        for node in zone.nodes() {
            let Ok(name) = Name::parse(&name::format(&node.name)) else { continue };
            let own = node.groups.iter().filter(|group| !targets.contains(&(&name, group.kind)));
            groups.extend(own.map(|group| (name.listing_key(), name.clone(), group)));
        }
        groups.sort_by(|left, right| (&left.0, left.2.kind).cmp(&(&right.0, right.2.kind)));
        groups.iter().map(|(_, name, group)| self.group(name, group)).collect()
    }

    fn group(&mut self, name: &Name, group: &'s Group) -> Branch {
        let kind = RecordType::from_code(group.kind).map_or_else(String::new, |kind| kind.to_string());
        let mut text = format!("{name} {kind} {}", group.policy());
        let mut below: Vec<Branch> = Vec::new();
        for number in 0..group.members().len() {
            below.push(self.member(group, number));
        }
        // A simple group is its only member.
        if group.policy() == "simple"
            && let Some(only) = below.pop()
        {
            text.push_str(&only.text);
            below = only.below;
        }
        Branch { text, below }
    }

    fn member(&mut self, group: &'s Group, number: usize) -> Branch {
        let member = &group.members()[number];
        let (mut text, mut below) = (String::new(), Vec::new());
        for part in [&*member.identifier, &*group.rule(number)].into_iter().filter(|part| !part.is_empty()) {
            text.push_str(&format!(" {part}"));
        }
        text.push_str(&health(member, self.snapshot, self.check_id));
        match &member.answer {
            Answer::Records(rendered) => {
                let values = values(self.zone, group, number);
                let shown: Vec<&str> = values.iter().map(String::as_str).take(MOST_VALUES).collect();
                let ttl = group.shared_ttl().unwrap_or(rendered.ttl);
                text.push_str(&format!(" {} ttl {ttl}", shown.join(", ")));
                if values.len() > shown.len() {
                    text.push_str(&format!(" and {} more values", values.len() - shown.len()));
                }
            }
            Answer::Alias(target) => match self.target(*target) {
                Some(branch) => below.push(branch),
                None => text.push_str(" alias of nothing"),
            },
            Answer::Loop => text.push_str(" alias that leads back to itself"),
        }
        Branch { text, below }
    }

    fn target(&mut self, number: u32) -> Option<Branch> {
        let (name, group) = self.zone.target_name(number).zip(self.zone.target(number))?;
        if self.drawn.insert(number) {
            return Some(self.group(name, group));
        }
        Some(Branch { text: format!("{name}, drawn above"), below: Vec::new() })
    }
}

/// Name and type of every group that an alias leads to; one that would lead back to itself leads nowhere.
fn led_to(zone: &CompiledZone) -> BTreeSet<(&Name, u16)> {
    let groups = zone.nodes().flat_map(|node| node.groups.iter());
    let members = groups.flat_map(|group| group.members().iter().map(move |member| (group.kind, member)));
    let led = members.filter_map(|(kind, member)| match member.answer {
        Answer::Alias(number) => Some((zone.target_name(number)?, kind)),
        Answer::Records(_) | Answer::Loop => None,
    });
    led.collect()
}

/// Whether it is not too large.
fn write(branches: &[Branch], indent: &str, out: &mut String) -> bool {
    branches.iter().enumerate().all(|(number, branch)| {
        let (fork, trunk) =
            if number + 1 == branches.len() { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        out.push_str(&format!("{indent}{fork}{}\n", branch.text.trim_start()));
        out.len() <= MAX_DRAWN && write(&branch.below, &format!("{indent}{trunk}"), out)
    })
}
