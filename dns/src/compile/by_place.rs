//! Choices that look at the client: latency, geolocation, geoproximity, IP-based (route53.md section 10).
//!
//! Each tells the chooser how much of the client's address its outcome hung on, so that the scope of the reply is
//! true; where a group cannot tell two clients apart, neither does the scope.

use super::choice::Chooser;
use super::cidr::CidrTable;
use super::{Group, HealthBytes};
use crate::location::{Client, Located, LocationKey, Place, UNKNOWN};
use crate::zone::Policy;
use controlplane_types::dns::geography;
use std::sync::Arc;

/// The country whose clients are always given [`CHINAS_REGION`] (latency 2).
const CHINA: &str = "CN";
const CHINAS_REGION: &str = "cn-north-1";

/// The location that answers for clients in no other.
const EVERYWHERE: &str = "*";

/// The locations of a geolocation group.
#[derive(Debug)]
pub(super) struct Areas {
    /// Location and member, by location.
    by_key: Box<[(LocationKey, u16)]>,
    /// Continents some country or part of a country of which has a member.
    divided: Box<[LocationKey]>,
    /// Whether some country with a member is in no continent we know of.
    scattered: bool,
}

impl Areas {
    pub(super) fn new<'a>(policies: impl Iterator<Item = &'a Policy>) -> Self {
        let key = |(policy, number): (&Policy, u16)| match policy {
            Policy::Geolocation(key) => Some((*key, number)),
            _ => None,
        };
        let mut by_key: Vec<(LocationKey, u16)> = policies.zip(0..).filter_map(key).collect();
        by_key.sort_unstable();
        // The first of several members for one location answers; the API takes one.
        by_key.dedup_by_key(|(key, _)| *key);
        let continents = || by_key.iter().filter_map(|(key, _)| key.country_part()).map(continent_of);
        let scattered = continents().any(|continent| continent.is_none());
        let mut divided: Vec<LocationKey> = continents().flatten().collect();
        divided.sort_unstable();
        divided.dedup();
        Self { by_key: by_key.into(), divided: divided.into(), scattered }
    }

    /// The location of a member.
    pub(super) fn text(&self, member: usize) -> String {
        let of = self.by_key.iter().find(|(_, number)| usize::from(*number) == member);
        of.map_or_else(String::new, |(key, _)| key.text())
    }

    fn member(&self, key: LocationKey) -> Option<usize> {
        let place = self.by_key.binary_search_by_key(&key, |(key, _)| *key).ok()?;
        Some(usize::from(self.by_key[place].1))
    }

    /// How wide the answer holds: only as finely as this group's locations divide the client's surroundings.
    fn scope(&self, place: Option<&Place>, located: &Located) -> u8 {
        let [_, country, continent] = place.map_or([None; 3], |place| place.keys);
        let divides = |country: LocationKey| {
            let first = self.by_key.partition_point(|(key, _)| *key < country.first_part());
            self.by_key.get(first).is_some_and(|(key, _)| key.is_part_of(country))
        };
        if country.is_some_and(divides) {
            return located.scopes.subdivision;
        }
        if self.scattered || continent.is_some_and(|continent| self.divided.contains(&continent)) {
            return located.scopes.country;
        }
        match &*self.by_key {
            [] | [(LocationKey::DEFAULT, _)] => 0,
            _ => located.scopes.continent,
        }
    }
}

fn continent_of(country: LocationKey) -> Option<LocationKey> {
    LocationKey::continent(geography::country_of(&country.text())?.continent)
}

/// The regions of a latency group.
#[derive(Debug)]
pub(super) struct Regions {
    /// By member, the place in the list of regions.
    numbers: Box<[u8]>,
    /// The region for clients in China, if it has a member, and the country.
    chinas: Option<(u8, LocationKey)>,
}

impl Regions {
    pub(super) fn new<'a>(policies: impl Iterator<Item = &'a Policy>) -> Self {
        let number = |policy: &Policy| match policy {
            Policy::Latency { region } => Some(*region),
            _ => None,
        };
        let numbers: Box<[u8]> = policies.filter_map(number).collect();
        let chinas = geography::region_number(CHINAS_REGION).map(|number| number as u8);
        let chinas = chinas.filter(|region| numbers.contains(region)).zip(LocationKey::country(CHINA));
        Self { numbers, chinas }
    }

    /// The region of a member.
    pub(super) fn text(&self, member: usize) -> &'static str {
        geography::regions()[usize::from(self.numbers[member])].name
    }
}

/// The members of a geoproximity group.
#[derive(Debug)]
pub(super) struct Spots(pub(super) Box<[Spot]>);

/// One of them.
#[derive(Debug)]
pub(super) struct Spot {
    vector: [f64; 3],
    pub(super) bias: i8,
}

impl Spot {
    pub(super) fn new(policy: &Policy) -> Option<Self> {
        match policy {
            Policy::Geoproximity { at, bias } => Some(Self { vector: at.unit_vector(), bias: *bias }),
            _ => None,
        }
    }

    /// Biased distance in radii of the earth. By the chord between the points: exact for near ones, where the arc
    /// cosine of a product is not.
    fn distance(&self, from: &[f64; 3]) -> f64 {
        let square: f64 = self.vector.iter().zip(from).map(|(a, b)| (a - b) * (a - b)).sum();
        let arc = 2.0 * (square.sqrt() / 2.0).min(1.0).asin();
        // Today's formula, for both signs (route53.md section 22).
        arc * (1.0 - f64::from(self.bias) / 100.0)
    }
}

/// The locations of an IP-based group.
#[derive(Debug)]
pub(super) struct Blocks {
    table: Arc<CidrTable>,
    /// Member by the location's number in the table.
    by_location: Box<[Option<u16>]>,
    /// The member for everybody else.
    everywhere: Option<u16>,
}

impl Blocks {
    pub(super) fn new<'a>(table: Arc<CidrTable>, policies: impl Iterator<Item = &'a Policy>) -> Self {
        let mut by_location = vec![None; table.locations().count()];
        let mut everywhere = None;
        for (policy, number) in policies.zip(0..) {
            match policy {
                Policy::Cidr { location, .. } if **location == *EVERYWHERE => {
                    everywhere = everywhere.or(Some(number))
                }
                Policy::Cidr { location, .. } => {
                    if let Some(place) = table.location(location) {
                        by_location[place] = by_location[place].or(Some(number));
                    }
                }
                _ => {}
            }
        }
        Self { table, by_location: by_location.into(), everywhere }
    }

    /// The location of a member.
    pub(super) fn text(&self, member: usize) -> &str {
        let place = self.by_location.iter().position(|number| number.map(usize::from) == Some(member));
        place.and_then(|place| self.table.locations().nth(place)).unwrap_or(EVERYWHERE)
    }

    fn member(&self, client: Client) -> (Option<usize>, u8) {
        let (location, scope) = self.table.find(client);
        (location.and_then(|location| self.by_location[location]).map(usize::from), scope)
    }
}

impl Group {
    /// The healthy member for which `better` says no other is better, or of all if nobody is healthy. Ties go to the
    /// member that stands first.
    fn best<K: PartialOrd>(&self, health: &HealthBytes, key: impl Fn(usize) -> K) -> usize {
        let mut best: Option<(bool, K, usize)> = None;
        for number in 0..self.members.len() {
            let (healthy, key) = (self.is_healthy(number, health), key(number));
            let better = match &best {
                None => true,
                Some((other_healthy, other, _)) => (healthy, true) > (*other_healthy, key >= *other),
            };
            if better {
                best = Some((healthy, key, number));
            }
        }
        best.map_or(0, |(_, _, number)| number)
    }

    /// The lowest cost; regions nothing is known of, and those of equal cost, in their fixed order.
    pub(super) fn latency(&self, regions: &Regions, chooser: &mut Chooser) -> usize {
        let located = chooser.located();
        let geography = chooser.geography;
        let known = geography.costs(&located, &regions.numbers);
        chooser.depends_on(known.scope);
        let mut first = None;
        if let Some((region, china)) = regions.chinas {
            chooser.depends_on(located.scopes.country);
            let country = geography.place(located.place).and_then(Place::country);
            first = (country == Some(china)).then_some(region);
        }
        self.best(chooser.health, |number| {
            let region = regions.numbers[number];
            let cost = known.costs.map_or(UNKNOWN, |costs| costs[usize::from(region)]);
            (first != Some(region), cost, region)
        })
    }

    /// The smallest area with a healthy member, or the smallest at all; nobody if no area holds the client and there
    /// is no default.
    pub(super) fn geolocation(&self, areas: &Areas, chooser: &mut Chooser) -> Option<usize> {
        let located = chooser.located();
        let place = chooser.geography.place(located.place);
        chooser.depends_on(areas.scope(place, &located));
        let keys = place.map_or([None; 3], |place| place.keys);
        let mut applicable = keys.into_iter().flatten().chain([LocationKey::DEFAULT]);
        let mut smallest = None;
        let healthy = applicable.find_map(|key| {
            let member = areas.member(key)?;
            smallest = smallest.or(Some(member));
            self.is_healthy(member, chooser.health).then_some(member)
        });
        healthy.or(smallest)
    }

    /// The smallest biased distance. Without a place: the highest bias.
    pub(super) fn geoproximity(&self, spots: &[Spot], chooser: &mut Chooser) -> usize {
        let located = chooser.located();
        chooser.depends_on(located.scopes.place);
        match chooser.geography.point(located.place) {
            Some(point) => self.best(chooser.health, |number| spots[number].distance(point)),
            None => self.best(chooser.health, |number| f64::from(-spots[number].bias)),
        }
    }

    /// The member of the longest block; the default where that is not healthy but the default is.
    pub(super) fn cidr(&self, blocks: &Blocks, chooser: &mut Chooser) -> Option<usize> {
        let (matched, scope) = blocks.member(chooser.client);
        chooser.depends_on(scope);
        let everywhere = blocks.everywhere.map(usize::from);
        let healthy = |number: &usize| self.is_healthy(*number, chooser.health);
        matched.filter(healthy).or(everywhere.filter(healthy)).or(matched).or(everywhere)
    }
}
