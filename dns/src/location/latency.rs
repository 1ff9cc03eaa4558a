//! How long a client's network takes to a region: one question, three who may know.
//!
//! What was measured ([`super::measured`]) comes first, then what the operator wrote down, then distance, which always knows
//! something when the client's place is known. AWS's own table is not public (route53.md section 10, latency 5).

use super::Located;
use super::networks::{NOWHERE, NetworkTable, Networks};
use controlplane_types::dns::geography;
use ipnet::IpNet;
use std::fmt;

/// Number of regions.
pub const REGIONS: usize = 39;

/// Cost of a region nothing is known of: it comes after all others.
pub const UNKNOWN: u16 = u16::MAX;

/// Cost by region, in the order of [`geography::regions`]. Only comparisons within one array mean anything:
/// milliseconds from one source, kilometres from another.
pub type Costs = [u16; REGIONS];

/// What a source knows about a client, and in how wide a network that holds.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// `None`: nothing.
    pub costs: Option<&'a Costs>,
    /// Length of the prefix around the client for which the source says the same.
    pub scope: u8,
}

/// Who may know how far regions are. Asked for every query: must neither lock nor allocate.
pub trait LatencySource: fmt::Debug + Send + Sync {
    /// What is known about the client.
    fn known(&self, client: &Located) -> Known<'_>;
}

/// Costs by network: what was measured, or what the operator says.
#[derive(Debug)]
pub struct LatencyTable {
    rows: Box<[Costs]>,
    networks: NetworkTable<1>,
}

/// Why an operator's table is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// The first word is no network.
    #[error("line {line}: {word:?} is no network such as 192.0.2.0/24")]
    Network {
        /// Counted from 1.
        line: usize,
        /// What stands there.
        word: String,
    },
    /// A word that is no region with a cost.
    #[error("line {line}: {word:?} is not REGION=COST with a cost of 0 to 65534")]
    Cost {
        /// Counted from 1.
        line: usize,
        /// What stands there.
        word: String,
    },
    /// A network without costs.
    #[error("line {line}: no region is given")]
    Empty {
        /// Counted from 1.
        line: usize,
    },
}

impl LatencyTable {
    /// Reads lines such as `192.0.2.0/24 eu-west-1=12 us-east-1=80`; `#` begins a remark.
    pub fn parse(text: &str) -> Result<Self, TableError> {
        let mut rows = Vec::new();
        for (number, content) in text.lines().enumerate() {
            let content = content.split('#').next().unwrap_or_default();
            let mut words = content.split_whitespace();
            if let Some(network) = words.next() {
                rows.push(parse_row(number + 1, network, words)?);
            }
        }
        Ok(Self::new(rows))
    }

    /// A table of these networks; longer ones win.
    pub fn new(rows: impl IntoIterator<Item = (IpNet, Costs)>) -> Self {
        let (networks, rows): (Vec<IpNet>, Vec<Costs>) = rows.into_iter().unzip();
        let mut tree = Networks::default();
        for (number, network) in networks.into_iter().enumerate() {
            tree.insert(network.network(), network.prefix_len(), number as u32);
        }
        Self { rows: rows.into(), networks: tree.into_table(|value| [value]) }
    }
}

fn parse_row<'a>(
    line: usize,
    network: &str,
    words: impl Iterator<Item = &'a str>,
) -> Result<(IpNet, Costs), TableError> {
    let parsed = network.parse().map_err(|_| TableError::Network { line, word: network.to_owned() })?;
    let mut costs = [UNKNOWN; REGIONS];
    for word in words {
        let wrong = || TableError::Cost { line, word: word.to_owned() };
        let (region, cost) = word.split_once('=').ok_or_else(wrong)?;
        let number = geography::region_number(region).ok_or_else(wrong)?;
        costs[number] = cost.parse().ok().filter(|cost| *cost != UNKNOWN).ok_or_else(wrong)?;
    }
    if costs == [UNKNOWN; REGIONS] { Err(TableError::Empty { line }) } else { Ok((parsed, costs)) }
}

impl LatencySource for LatencyTable {
    fn known(&self, client: &Located) -> Known<'_> {
        let leaf = self.networks.lookup(client.address);
        let costs = (leaf.value != NOWHERE).then(|| &self.rows[leaf.value as usize]);
        Known { costs, scope: leaf.scopes[0] }
    }
}

/// Kilometres from the client's place, counted once for each place.
#[derive(Debug, Default)]
pub struct Distance(Box<[Option<Costs>]>);

impl Distance {
    /// For places by number.
    pub fn new<'a>(places: impl IntoIterator<Item = &'a super::Place>) -> Self {
        let costs = |place: &super::Place| {
            let from = place.at?;
            Some(std::array::from_fn(|region| from.distance_km(geography::regions()[region].at) as u16))
        };
        Self(places.into_iter().map(costs).collect())
    }
}

impl LatencySource for Distance {
    fn known(&self, client: &Located) -> Known<'_> {
        let costs = self.0.get(client.place as usize).and_then(Option::as_ref);
        Known { costs, scope: client.scopes.place }
    }
}
