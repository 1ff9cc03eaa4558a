//! The choice among the members of a group (route53.md sections 9 and 10).
//!
//! Every choice follows one rule first: only healthy members count, and when nobody is healthy, everybody is (fail
//! open). Whether a member is healthy is at most two bytes read: its check's, and its target's, which the health side
//! works out for whole alias trees whenever something in them changes. So a choice costs the same however deep the
//! tree below a member is; rejected was walking it per query, whose cost grows with width to the power of depth.
//!
//! [`Group::pick`] is pure: same group, same bytes, same client, same generator, same picks. Its slow twin, against
//! which it is tested, is the reference model in the tests of `answer`.

use super::by_place::{Areas, Blocks, Regions, Spots};
use super::values::Values;
use super::{Group, HealthBytes, Snapshot};
use crate::location::{Client, Geography, Located};
use crate::random::Random;

/// Most sets a multivalue answer holds (route53.md section 10, multivalue 1).
pub const MAX_PICKS: usize = 8;

/// How a group chooses; what the members' policies hold stands in the members' order. Behind one thin pointer, because most
/// groups are simple and there are millions of them.
#[derive(Debug)]
pub(super) enum Choice {
    /// The first member, whatever its health (route53.md section 9.9).
    First,
    Weighted,
    /// Members stand primary first.
    Failover,
    Multivalue(Box<Values>),
    Latency(Box<Regions>),
    Geolocation(Box<Areas>),
    Geoproximity(Box<Spots>),
    Cidr(Box<Blocks>),
}

/// Members chosen for one answer, in the order of the answer. None: there is no answer for this client.
#[derive(Clone, Copy, Debug)]
pub struct Picks {
    numbers: [u16; MAX_PICKS],
    len: usize,
}

impl Picks {
    /// Nobody.
    pub const NONE: Self = Self { numbers: [0; MAX_PICKS], len: 0 };

    fn one(number: usize) -> Self {
        let mut picks = Self { len: 1, ..Self::NONE };
        picks.numbers[0] = number as u16;
        picks
    }

    /// Positions in the group.
    pub fn as_slice(&self) -> &[u16] {
        &self.numbers[..self.len]
    }
}

/// What choices for one query go by. The client is located when a policy first asks, so that all others pay nothing.
pub struct Chooser<'s, 'r> {
    pub(super) health: &'s HealthBytes,
    pub(super) geography: &'s Geography,
    pub(super) client: Client,
    pub(crate) random: &'r mut Random,
    located: Option<Located>,
    scope: u8,
}

impl<'s, 'r> Chooser<'s, 'r> {
    /// For one query.
    pub fn new(snapshot: &'s Snapshot, client: Client, random: &'r mut Random) -> Self {
        let Snapshot { health, geography, .. } = snapshot;
        Self { health, geography, client, random, located: None, scope: 0 }
    }

    /// Length of the prefix around the client for which every choice so far would have been the same.
    pub fn scope(&self) -> u8 {
        self.scope
    }

    pub(super) fn located(&mut self) -> Located {
        *self.located.get_or_insert_with(|| self.geography.locate(self.client))
    }

    /// A choice depended on the client's network to this length.
    pub(super) fn depends_on(&mut self, prefix: u8) {
        self.scope = self.scope.max(prefix);
    }
}

impl Group {
    /// The routing policy, as Route 53 calls it.
    pub fn policy(&self) -> &'static str {
        match self.choice {
            Choice::First => "simple",
            Choice::Weighted => "weighted",
            Choice::Failover => "failover",
            Choice::Multivalue(_) => "multivalue",
            Choice::Latency(_) => "latency",
            Choice::Geolocation(_) => "geolocation",
            Choice::Geoproximity(_) => "geoproximity",
            Choice::Cidr(_) => "IP-based",
        }
    }

    /// What the policy goes by for the member with this number, in words.
    pub fn rule(&self, number: usize) -> String {
        match &self.choice {
            Choice::First | Choice::Multivalue(_) => String::new(),
            Choice::Weighted => format!("weight {}", self.members[number].weight),
            Choice::Failover => if number == 0 { "first" } else { "second" }.to_owned(),
            Choice::Latency(regions) => regions.text(number).to_owned(),
            Choice::Geolocation(areas) => areas.text(number),
            Choice::Geoproximity(spots) => format!("bias {}", spots.0[number].bias),
            Choice::Cidr(blocks) => blocks.text(number).to_owned(),
        }
    }

    /// Chooses the members that answer.
    pub fn pick(&self, chooser: &mut Chooser) -> Picks {
        match &self.choice {
            Choice::First => Picks::one(0),
            Choice::Failover => Picks::one(self.failover(chooser.health)),
            Choice::Weighted => Picks::one(self.weighted(chooser)),
            Choice::Multivalue(values) => self.multivalue(values, chooser),
            Choice::Latency(regions) => Picks::one(self.latency(regions, chooser)),
            Choice::Geolocation(areas) => self.geolocation(areas, chooser).map_or(Picks::NONE, Picks::one),
            Choice::Geoproximity(spots) => Picks::one(self.geoproximity(&spots.0, chooser)),
            Choice::Cidr(blocks) => self.cidr(blocks, chooser).map_or(Picks::NONE, Picks::one),
        }
    }

    /// Primary, else secondary, else the primary again.
    fn failover(&self, health: &HealthBytes) -> usize {
        (0..self.members.len()).find(|number| self.is_healthy(*number, health)).unwrap_or(0)
    }

    /// Route 53 looks at the members with weight first; those of weight 0 are asked only when none of them is
    /// healthy, and when nobody is healthy the weights count as if all were.
    fn weighted(&self, chooser: &mut Chooser) -> usize {
        let health = chooser.health;
        let random = &mut *chooser.random;
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

    /// Up to eight healthy members, or of all when nobody is healthy, of those that say the same one; each subset equally
    /// likely (reservoir).
    fn multivalue(&self, values: &Values, chooser: &mut Chooser) -> Picks {
        let health = chooser.health;
        let random = &mut *chooser.random;
        let anyone = (0..self.members.len()).any(|number| self.is_healthy(number, health));
        let mut picks = Picks::NONE;
        let mut seen = 0;
        let mut last = None;
        for number in 0..self.members.len() {
            if anyone && !self.is_healthy(number, health) {
                continue;
            }
            let class = Some(values.class(number));
            if std::mem::replace(&mut last, class) == class {
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
