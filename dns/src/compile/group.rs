//! The sets of one name and type, and the choice among them (route53.md sections 9 and 10).
//!
//! Every choice follows one rule first: only healthy members count, and when nobody is healthy, everybody is (fail
//! open). [`Group::pick`] is pure: same group, same bytes, same generator, same picks. Its slow twin, against which
//! it is tested, is the reference model in the tests of `answer`.

use super::{HealthBytes, Slots};
use crate::random::Random;
use crate::zone::{Policy, RecordSet, Rendered, SetKey};
use controlplane_types::dns::Name;
use std::sync::Arc;

/// Most sets a multivalue answer holds (route53.md section 10, multivalue 1).
pub const MAX_PICKS: usize = 8;

/// Always healthy: no health check.
const NO_CHECK: u32 = u32::MAX;

/// The sets of one name and type.
#[derive(Debug)]
pub struct Group {
    /// Type code.
    pub kind: u16,
    /// Set for multivalue groups: the lowest TTL of all members, since one RRset has one TTL (RFC 2181 section 5.2).
    pub shared_ttl: Option<u32>,
    choice: Choice,
    members: Box<[Member]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    /// The first member, whatever its health (route53.md section 9.9).
    First,
    Weighted,
    /// Members stand primary first.
    Failover,
    Multivalue,
}

/// One set of a group.
#[derive(Debug)]
pub struct Member {
    /// Its records.
    pub rendered: Arc<Rendered>,
    check: u32,
    weight: u8,
}

/// Members chosen for one answer, in the order of the answer.
#[derive(Clone, Copy, Debug)]
pub struct Picks {
    numbers: [u16; MAX_PICKS],
    len: usize,
}

impl Picks {
    fn one(number: usize) -> Self {
        let mut picks = Self { numbers: [0; MAX_PICKS], len: 1 };
        picks.numbers[0] = number as u16;
        picks
    }

    /// Positions in the group.
    pub fn as_slice(&self) -> &[u16] {
        &self.numbers[..self.len]
    }
}

/// The groups of one name, by type code. The control plane never mixes policies in a group; if a feed does, the
/// first set's policy stands and the others are left out, loudly.
pub(super) fn groups<'a>(
    name: &Name,
    sets: impl Iterator<Item = (&'a SetKey, &'a RecordSet)>,
    slots: &mut Slots,
) -> Vec<Group> {
    let mut groups: Vec<(u16, Vec<&RecordSet>)> = Vec::new();
    for ((kind, identifier), set) in sets {
        match groups.last_mut().filter(|(last, _)| *last == kind.code()) {
            None => groups.push((kind.code(), vec![set])),
            Some((_, group)) if group[0].policy.is_like(set.policy) => group.push(set),
            Some(_) => tracing::error!(%name, %kind, identifier, "policies mixed in one group: set left out"),
        }
    }
    let mut groups: Vec<Group> =
        groups.into_iter().map(|(kind, sets)| Group::new(kind, &sets, slots)).collect();
    groups.sort_by_key(|group| group.kind);
    groups
}

impl Group {
    fn new(kind: u16, sets: &[&RecordSet], slots: &mut Slots) -> Self {
        let mut sets = sets.to_vec();
        sets.sort_by_key(|set| set.policy == Policy::Failover { primary: false });
        let choice = match sets[0].policy {
            Policy::Simple => Choice::First,
            Policy::Weighted(_) => Choice::Weighted,
            Policy::Failover { .. } => Choice::Failover,
            Policy::Multivalue => Choice::Multivalue,
        };
        let lowest = sets.iter().map(|set| set.rendered.ttl).min();
        let members = sets.into_iter().map(|set| Member::new(set, slots)).collect();
        Self { kind, shared_ttl: lowest.filter(|_| choice == Choice::Multivalue), choice, members }
    }

    /// The member at a position out of [`Picks`].
    pub fn member(&self, number: u16) -> &Member {
        &self.members[usize::from(number)]
    }

    /// Chooses the members that answer; never none.
    pub fn pick(&self, health: &HealthBytes, random: &mut Random) -> Picks {
        match self.choice {
            Choice::First => Picks::one(0),
            Choice::Failover => Picks::one(self.failover(health)),
            Choice::Weighted => Picks::one(self.weighted(health, random)),
            Choice::Multivalue => self.multivalue(health, random),
        }
    }

    fn is_healthy(&self, number: usize, health: &HealthBytes) -> bool {
        let check = self.members[number].check;
        check == NO_CHECK || health.is_healthy(check)
    }

    /// Primary, else secondary, else the primary again.
    fn failover(&self, health: &HealthBytes) -> usize {
        (0..self.members.len()).find(|number| self.is_healthy(*number, health)).unwrap_or(0)
    }

    /// Route 53 looks at the members with weight first; those of weight 0 are asked only when none of them is
    /// healthy, and when nobody is healthy the weights count as if all were.
    fn weighted(&self, health: &HealthBytes, random: &mut Random) -> usize {
        let healthy = |number: &usize| self.is_healthy(*number, health);
        let weight = |number: usize| u32::from(self.members[number].weight);
        self.draw(healthy, weight, random)
            .or_else(|| self.draw(healthy, |_| 1, random))
            .or_else(|| self.draw(|_| true, weight, random))
            .or_else(|| self.draw(|_| true, |_| 1, random))
            .unwrap_or(0)
    }

    /// One of the admitted members, in proportion to `weight`; `None` when the weights sum to nothing.
    fn draw(
        &self,
        admitted: impl Fn(&usize) -> bool,
        weight: impl Fn(usize) -> u32,
        random: &mut Random,
    ) -> Option<usize> {
        let numbers = || (0..self.members.len()).filter(&admitted);
        let total: u32 = numbers().map(&weight).sum();
        if total == 0 {
            return None;
        }
        let mut left = random.below(total);
        numbers().find(|number| {
            let weight = weight(*number);
            let hit = left < weight;
            left = left.saturating_sub(weight);
            hit
        })
    }

    /// Up to eight healthy members, or of all when nobody is healthy, each subset equally likely (reservoir).
    fn multivalue(&self, health: &HealthBytes, random: &mut Random) -> Picks {
        let anyone = (0..self.members.len()).any(|number| self.is_healthy(number, health));
        let mut picks = Picks { numbers: [0; MAX_PICKS], len: 0 };
        let mut seen = 0;
        for number in 0..self.members.len() {
            if anyone && !self.is_healthy(number, health) {
                continue;
            }
            seen += 1;
            if picks.len < MAX_PICKS {
                picks.numbers[picks.len] = number as u16;
                picks.len += 1;
            } else if let Some(place) = picks.numbers.get_mut(random.below(seen) as usize) {
                *place = number as u16;
            }
        }
        random.shuffle(&mut picks.numbers[..picks.len]);
        picks
    }
}

impl Member {
    fn new(set: &RecordSet, slots: &mut Slots) -> Self {
        let weight = match set.policy {
            Policy::Weighted(weight) => weight,
            _ => 1,
        };
        let check = set.check.as_ref().map_or(NO_CHECK, |check| slots.slot(check));
        Self { rendered: set.rendered.clone(), check, weight }
    }
}
