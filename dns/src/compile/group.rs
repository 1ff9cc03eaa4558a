//! The sets of one name and type, laid out flat for the choice among them ([`super::choice`]).

use super::alias::{Aliases, GroupKey};
use super::by_place::{Areas, Blocks, Regions, Spot, Spots};
use super::choice::Choice;
use super::cidr::Collections;
use super::few::Few;
use super::values::Values;
use super::{HealthBytes, Slots};
use crate::zone::{Content, Policy, RecordSet, Rendered, SetKey};
use controlplane_proto::dns::CidrCollection;
use controlplane_types::dns::{Name, RecordType};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Always healthy.
pub(super) const NO_CHECK: u32 = u32::MAX;

/// The sets of one name and type.
#[derive(Debug)]
pub struct Group {
    /// Type code.
    pub kind: u16,
    pub(super) choice: Choice,
    pub(super) members: Few<Member>,
}

/// One set of a group.
#[derive(Debug)]
pub struct Member {
    /// What it answers with.
    pub answer: Answer,
    /// `SetIdentifier`; empty for a simple set.
    pub identifier: Box<str>,
    /// Slot of its health check.
    pub(super) check: u32,
    /// Slot of its target's health, if that is evaluated.
    pub(super) tree: u32,
    pub(super) weight: u8,
}

/// What a member answers with.
#[derive(Debug)]
pub enum Answer {
    /// Its own records.
    Records(Arc<Rendered>),
    /// The group with this number among the zone's alias targets.
    Alias(u32),
    /// Nothing: following this alias would lead back to it.
    Loop,
}

/// What groups are linked with while they are built.
pub(super) struct Links<'a> {
    pub(super) zone: &'a Arc<str>,
    pub(super) slots: &'a mut Slots,
    pub(super) aliases: &'a Aliases,
    pub(super) collections: &'a mut Collections,
    pub(super) given: &'a BTreeMap<String, CidrCollection>,
}

/// The groups of one name, by type code. The control plane never mixes policies in a group; if a feed does, the
/// first set's policy stands and the others are left out, loudly.
pub(super) fn groups(name: &Name, sets: &[(SetKey, RecordSet)], links: &mut Links) -> Vec<Group> {
    let mut groups: Vec<(RecordType, Vec<Set>)> = Vec::new();
    for ((kind, identifier), set) in sets {
        match groups.last_mut().filter(|(last, _)| last == kind) {
            None => groups.push((*kind, vec![(identifier, set)])),
            Some((_, group)) if group[0].1.policy.is_like(&set.policy) => group.push((identifier, set)),
            Some(_) => tracing::error!(%name, %kind, identifier, "policies mixed in one group: set left out"),
        }
    }
    let build = |(kind, sets): (RecordType, Vec<Set>)| Group::new(name, kind.code(), sets, links);
    let mut groups: Vec<Group> = groups.into_iter().map(build).collect();
    groups.sort_by_key(|group| group.kind);
    groups
}

/// Identifier and set.
type Set<'a> = (&'a String, &'a RecordSet);

impl Group {
    fn new(name: &Name, kind: u16, mut sets: Vec<Set>, links: &mut Links) -> Self {
        sets.sort_by_key(|(_, set)| set.policy == Policy::Failover { primary: false });
        let choice = choice(name, &mut sets, links);
        let member = |set| Member::new(name, kind, set, links);
        let members: Vec<Member> = sets.into_iter().map(member).collect();
        Self { kind, choice, members: members.into() }
    }

    /// For multivalue groups: the lowest TTL of all members, since one RRset has one TTL (RFC 2181 section 5.2).
    pub fn shared_ttl(&self) -> Option<u32> {
        match &self.choice {
            Choice::Multivalue(values) => values.ttl,
            _ => None,
        }
    }

    /// Whether members that do not say the same hold some record in common, which is then said once.
    pub fn overlaps(&self) -> bool {
        matches!(&self.choice, Choice::Multivalue(values) if values.overlap)
    }

    /// The member at a position out of [`super::Picks`].
    pub fn member(&self, number: u16) -> &Member {
        &self.members[usize::from(number)]
    }

    /// The member that answers whoever asks, whatever is healthy; `None` if there is a choice.
    pub fn only(&self) -> Option<&Member> {
        self.members.first().filter(|_| matches!(self.choice, Choice::First))
    }

    /// Every member.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Whether the member's health check is healthy, and its target, if that is evaluated (route53.md section 9.2).
    pub fn is_healthy(&self, number: usize, health: &HealthBytes) -> bool {
        let member = &self.members[number];
        let up = |slot: u32| slot == NO_CHECK || health.is_healthy(slot);
        up(member.check) && up(member.tree)
    }

    /// By member, the slots that must all be healthy for it to be.
    pub(super) fn votes(&self) -> Box<[[u32; 2]]> {
        self.members.iter().map(|member| [member.check, member.tree]).collect()
    }
}

fn choice(name: &Name, sets: &mut [Set], links: &mut Links) -> Choice {
    let first: &RecordSet = sets[0].1;
    let policies = || sets.iter().map(|(_, set)| &set.policy);
    match &first.policy {
        Policy::Simple => Choice::First,
        Policy::Weighted(_) => Choice::Weighted,
        Policy::Failover { .. } => Choice::Failover,
        Policy::Multivalue => Choice::Multivalue(Box::new(Values::of(sets))),
        Policy::Latency { .. } => Choice::Latency(Box::new(Regions::new(policies()))),
        Policy::Geolocation(_) => Choice::Geolocation(Box::new(Areas::new(policies()))),
        Policy::Geoproximity { .. } => {
            Choice::Geoproximity(Box::new(Spots(policies().filter_map(Spot::new).collect())))
        }
        Policy::Cidr { collection, .. } => {
            let table = links.collections.table(links.given, collection, links.zone, name);
            Choice::Cidr(Box::new(Blocks::new(table, policies())))
        }
    }
}

impl Member {
    fn new(name: &Name, kind: u16, (identifier, set): Set, links: &mut Links) -> Self {
        let weight = match set.policy {
            Policy::Weighted(weight) => weight,
            _ => 1,
        };
        let check = set.check.as_ref().map_or(NO_CHECK, |check| links.slots.slot(check));
        let (answer, tree) = match &set.content {
            Content::Records(rendered) => (Answer::Records(rendered.clone()), NO_CHECK),
            Content::Alias { target, evaluate_target_health } => {
                alias((name.clone(), kind), target, *evaluate_target_health, links)
            }
        };
        Self { answer, identifier: identifier.as_str().into(), check, tree, weight }
    }

    /// Its own records; an alias has none.
    pub fn rendered(&self) -> Option<&Arc<Rendered>> {
        match &self.answer {
            Answer::Records(rendered) => Some(rendered),
            Answer::Alias(_) | Answer::Loop => None,
        }
    }

    /// Slot of its health check.
    pub fn check(&self) -> Option<u32> {
        Some(self.check).filter(|check| *check != NO_CHECK)
    }

    /// Slot of its target's health, if that is evaluated.
    pub fn target_health(&self) -> Option<u32> {
        Some(self.tree).filter(|tree| *tree != NO_CHECK)
    }
}

/// What an alias answers with, and the slot of its target's health.
fn alias(from: GroupKey, target: &Name, evaluated: bool, links: &mut Links) -> (Answer, u32) {
    let to = (target.clone(), from.1);
    let (answer, tree) = match links.aliases.number(&from, &to) {
        Some(number) => (Answer::Alias(number), links.slots.tree(links.zone, &to)),
        None => (Answer::Loop, Slots::DOWN),
    };
    (answer, if evaluated { tree } else { NO_CHECK })
}
