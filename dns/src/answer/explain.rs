//! Why an answer is what it is: the zone, the name in it, and down the tree of groups what each member's health is and
//! which was chosen.
//!
//! It walks the structures queries are answered from and lets the groups choose as they do for queries, so it cannot
//! tell another story than the server. What it cannot tell is the next draw of a weighted group: it shows one draw, and
//! the weights.

use super::Rcode;
use super::find::{self, Found, NameBuffer, find};
use crate::compile::{Answer, Chooser, CompiledZone, Group, Member, Node, Snapshot};
use crate::location::Client;
use crate::random::Random;
use controlplane_types::dns::{Name, RecordType, name, rdata};
use std::fmt;

/// CNAMEs followed, as in answers.
const MAX_CHAIN: usize = 16;

/// A question to be explained.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// The name.
    pub name: &'a Name,
    /// The type.
    pub kind: RecordType,
    /// Whose location counts.
    pub client: Client,
}

/// Where an answer comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Id and name of the zone; `None`: the query is refused.
    pub zone: Option<(String, String)>,
    /// Where the client is thought to be: the finest area known; `None` without one.
    pub place: Option<String>,
    /// The name asked for, and each a CNAME led to.
    pub names: Vec<NameStep>,
    /// Response code.
    pub rcode: Rcode,
    /// Length of the client's prefix the answer hangs on.
    pub scope: u8,
}

/// One name on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameStep {
    /// The name.
    pub name: String,
    /// What is there.
    pub found: Finding,
    /// The group that answers for it.
    pub group: Option<GroupStep>,
}

/// What stands at a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The name itself.
    Exact,
    /// A wildcard covers it.
    Wildcard,
    /// A delegation takes it away from the zone.
    Delegated,
    /// Nothing.
    Missing,
}

/// A group, and the choice in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupStep {
    /// The group's name, if an alias led to it.
    pub target: Option<String>,
    /// Its type.
    pub kind: String,
    /// Its routing policy, as Route 53 calls it.
    pub policy: &'static str,
    /// Its members.
    pub members: Vec<MemberStep>,
}

/// A member of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberStep {
    /// `SetIdentifier`.
    pub identifier: String,
    /// What the policy goes by: a weight, a region, a location.
    pub rule: String,
    /// Its health check and whether that is healthy.
    pub check: Option<(String, bool)>,
    /// Whether its target is healthy, if that is evaluated.
    pub target_healthy: Option<bool>,
    /// Whether it was chosen.
    pub chosen: bool,
    /// Its values.
    pub values: Vec<String>,
    /// Where it leads, if it is a chosen alias; an alias of nothing leads nowhere.
    pub leads_to: Option<GroupStep>,
}

/// Explains what a query would be answered. `check_id` names the check of a slot.
pub fn explain(
    snapshot: &Snapshot,
    asked: &Asked,
    random: &mut Random,
    check_id: &dyn Fn(u32) -> Option<String>,
) -> Explanation {
    let located = snapshot.geography.locate(asked.client);
    let keys = snapshot.geography.place(located.place).map(|place| place.keys);
    let place = keys.and_then(|keys| keys.into_iter().flatten().next()).map(|key| key.text());
    let mut explanation =
        Explanation { zone: None, place, names: Vec::new(), rcode: Rcode::Refused, scope: 0 };
    let Some(zone) = find::zone(snapshot, asked.name.as_wire(), asked.kind.code()) else {
        return explanation;
    };
    explanation.zone = Some((zone.id().to_owned(), name::format(&zone.apex)));
    let chooser = Chooser::new(snapshot, asked.client, random);
    let mut walk = Walk { snapshot, zone, kind: asked.kind.code(), chooser, check_id };
    explanation.rcode = walk.names(asked.name, &mut explanation.names);
    explanation.scope = walk.chooser.scope();
    explanation
}

struct Walk<'s, 'r> {
    snapshot: &'s Snapshot,
    zone: &'s CompiledZone,
    kind: u16,
    chooser: Chooser<'s, 'r>,
    check_id: &'r dyn Fn(u32) -> Option<String>,
}

impl<'s> Walk<'s, '_> {
    /// Fills in one step for each name, and gives the response code.
    fn names(&mut self, asked: &Name, steps: &mut Vec<NameStep>) -> Rcode {
        let mut next = Some(asked.clone());
        while let Some(name) = next.take().filter(|_| steps.len() <= MAX_CHAIN) {
            let (found, node) = self.find(&name);
            let mut step = NameStep { name: name.to_string(), found, group: None };
            let group = node.and_then(|node| node.group(self.kind).or(node.group(RecordType::Cname.code())));
            step.group = group.map(|group| self.group(group, None));
            let cname =
                group.filter(|group| group.kind != self.kind).and(step.group.as_ref()).and_then(chosen_value);
            steps.push(step);
            if found == Finding::Missing {
                return Rcode::NxDomain;
            }
            next = cname
                .and_then(|target| Name::parse(&target).ok())
                .filter(|target| self.is_here(target, steps));
        }
        Rcode::NoError
    }

    /// Whether a chain goes on at `target`: in the same zone, and not seen before.
    fn is_here(&self, target: &Name, steps: &[NameStep]) -> bool {
        let zone = self.snapshot.zone(target.as_wire());
        zone.is_some_and(|zone| zone.apex == self.zone.apex)
            && steps.iter().all(|step| step.name != target.to_string())
    }

    fn find(&self, asked: &Name) -> (Finding, Option<&'s Node>) {
        let Some(buffer) = NameBuffer::new([asked.as_wire(), &[]]) else {
            return (Finding::Missing, None);
        };
        match find(self.zone, buffer.as_slice(), self.kind) {
            Found::Missing => (Finding::Missing, None),
            Found::Cut(_) => (Finding::Delegated, None),
            Found::Node(node) if self.zone.node(asked.as_wire()).is_some() => (Finding::Exact, Some(&**node)),
            Found::Node(node) => (Finding::Wildcard, Some(&**node)),
        }
    }

    fn group(&mut self, group: &'s Group, target: Option<String>) -> GroupStep {
        let picks = group.pick(&mut self.chooser);
        let picked = |number: usize| picks.as_slice().iter().any(|pick| usize::from(*pick) == number);
        let mut members: Vec<MemberStep> = Vec::new();
        for number in 0..group.members().len() {
            members.push(self.member(group, number, picked(number)));
        }
        let kind = RecordType::from_code(group.kind).map_or_else(String::new, |kind| kind.to_string());
        GroupStep { target, kind, policy: group.policy(), members }
    }

    fn member(&mut self, group: &'s Group, number: usize, chosen: bool) -> MemberStep {
        let member = &group.members()[number];
        let healthy = |slot: u32| self.snapshot.health.is_healthy(slot);
        let check = member.check().map(|slot| ((self.check_id)(slot).unwrap_or_default(), healthy(slot)));
        let target_healthy = member.target_health().map(healthy);
        let leads_to = match &member.answer {
            Answer::Alias(target) if chosen => {
                let name = self.zone.target_name(*target).map(Name::to_string);
                self.zone.target(*target).map(|group| self.group(group, name))
            }
            _ => None,
        };
        MemberStep {
            identifier: member.identifier.to_string(),
            rule: group.rule(number),
            check,
            target_healthy,
            chosen,
            values: values(self.zone, group, number),
            leads_to,
        }
    }
}

/// A member's health check and the health of its target, in words; nothing where neither counts.
pub(super) fn health(
    member: &Member,
    snapshot: &Snapshot,
    check_id: &dyn Fn(u32) -> Option<String>,
) -> String {
    let up = |slot: u32| snapshot.health.is_healthy(slot);
    let check = member.check().map(|slot| (check_id(slot).unwrap_or_default(), up(slot)));
    in_words(check.as_ref(), member.target_health().map(up))
}

fn in_words(check: Option<&(String, bool)>, target: Option<bool>) -> String {
    let state = |healthy: bool| if healthy { "healthy" } else { "unhealthy" };
    let check = check.map_or_else(String::new, |(id, up)| format!(" [check {id} {}]", state(*up)));
    let target = target.map_or_else(String::new, |up| format!(" [target {}]", state(up)));
    check + &target
}

/// The values of a member as text.
pub(super) fn values(zone: &CompiledZone, group: &Group, number: usize) -> Vec<String> {
    let (Some(rendered), Some(kind)) =
        (group.members()[number].rendered(), RecordType::from_code(group.kind))
    else {
        return Vec::new();
    };
    let whole = |number: usize| {
        let record = rendered.record(number);
        let tail: &[u8] = if record.in_zone { &zone.apex } else { &[] };
        rdata::format(kind, &[record.data, tail].concat())
    };
    (0..rendered.len()).filter_map(whole).collect()
}

/// The first value at the end of the chosen path.
fn chosen_value(group: &GroupStep) -> Option<String> {
    let member = group.members.iter().find(|member| member.chosen)?;
    match &member.leads_to {
        Some(group) => chosen_value(group),
        None => member.values.first().cloned(),
    }
}

impl fmt::Display for Explanation {
    /// As a tree, two blanks for each level.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.zone {
            Some((id, name)) => writeln!(
                f,
                "zone {name} ({id}), client in {}",
                self.place.as_deref().unwrap_or("no known place")
            )?,
            None => writeln!(f, "no zone holds the name")?,
        }
        for step in &self.names {
            let found = match step.found {
                Finding::Exact => "",
                Finding::Wildcard => ", covered by a wildcard",
                Finding::Delegated => ", delegated",
                Finding::Missing => ", does not exist",
            };
            writeln!(f, "  {}{found}", step.name)?;
            match &step.group {
                Some(group) => write_group(group, 2, f)?,
                None if step.found == Finding::Missing => {}
                None => writeln!(f, "    no records of the type")?,
            }
        }
        write!(f, "{:?}, for every client in the same /{}", self.rcode, self.scope)
    }
}

fn write_group(group: &GroupStep, depth: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let target = group.target.as_ref().map_or_else(String::new, |target| format!("{target} "));
    writeln!(f, "{:width$}{target}{} {}", "", group.kind, group.policy, width = depth * 2)?;
    for member in &group.members {
        let mark = if member.chosen { "->" } else { " -" };
        write!(f, "{:width$}{mark} {} {}", "", member.identifier, member.rule, width = depth * 2 + 2)?;
        f.write_str(&in_words(member.check.as_ref(), member.target_healthy))?;
        writeln!(f, " {}", member.values.join(" "))?;
        if let Some(group) = &member.leads_to {
            write_group(group, depth + 3, f)?;
        }
    }
    Ok(())
}
