//! What is asked, and the zones that answer, as data that every server is told in its own words.

use clap::ValueEnum;
use std::fmt::{self, Write};

/// Names of each zone but the static one.
pub(crate) const NAMES: usize = 1_000;
/// Names of the static zone; a hosted zone holds ten thousand sets, two of which are its own.
pub(crate) const STATIC_NAMES: usize = 9_990;
/// Weights of the members of each weighted name; the last number of their addresses is their place from 1.
pub(crate) const WEIGHTS: [u8; 4] = [10, 20, 30, 40];
/// Where the checked port is open.
pub(crate) const UP: &str = "127.0.0.1";
/// Where nobody listens.
pub(crate) const DOWN: &str = "127.0.0.2";
/// The secondary of each failover name.
pub(crate) const SECONDARY: &str = "127.0.0.3";
/// Blocks of clients, each a /24; the locations take them in turn.
pub(crate) const BLOCKS: usize = 1_000;
/// Locations of the geo names, each with an address of its own.
pub(crate) const LOCATIONS: usize = 4;
/// How often checkers look, in seconds: the shortest that Route 53 knows.
pub(crate) const CHECK_INTERVAL: u32 = 10;
/// Questions of a file; dnsperf begins again at its end.
const QUESTIONS: usize = 100_000;

/// A server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Peer {
    Hearth,
    Nsd,
    Gdnsd,
}

impl Peer {
    pub(crate) const ALL: [Self; 3] = [Self::Hearth, Self::Nsd, Self::Gdnsd];

    /// NSD decides nothing: its answers are the zone's.
    pub(crate) fn serves(self, workload: Workload) -> bool {
        match workload {
            // The others would serve signatures made before, or have none.
            Workload::Signed => self == Self::Hearth,
            Workload::Static | Workload::NxDomain => true,
            _ => self != Self::Nsd,
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Hearth => "hearth",
            Self::Nsd => "nsd",
            Self::Gdnsd => "gdnsd",
        })
    }
}

/// One kind of question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Workload {
    /// One address, one of ten thousand names
    Static,
    /// The same with DNSSEC: a signature beside each address
    Signed,
    /// Names that are not there
    NxDomain,
    /// One of four addresses, by weight
    Weighted,
    /// A checked primary and a secondary, half of the primaries down
    Failover,
    /// An address by the client's network, told by EDNS; one of a thousand networks
    Geo,
    /// Static, weighted, failover and geo names in turn
    Mixed,
}

impl Workload {
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Self::value_variants().iter().copied()
    }

    /// The zone that answers.
    fn zone(self) -> &'static str {
        match self {
            Self::Static | Self::NxDomain | Self::Mixed => "static.test",
            Self::Signed => "signed.test",
            Self::Weighted => "weighted.test",
            Self::Failover => "failover.test",
            Self::Geo => "geo.test",
        }
    }

    /// The code every answer has to have, as dnsperf prints it.
    pub(crate) fn rcode(self) -> &'static str {
        match self {
            Self::NxDomain => "NXDOMAIN",
            _ => "NOERROR",
        }
    }

    /// The option with the client's subnet, another one in each round, as dnsperf takes it; with every question of the file.
    pub(crate) fn client_subnet(self, round: usize) -> Option<String> {
        const STRIDE: usize = 383;
        let [second, third] = block(round * STRIDE % BLOCKS);
        matches!(self, Self::Geo | Self::Mixed).then(|| format!("8:000118000a{second:02x}{third:02x}"))
    }

    /// Whether questions ask for signatures.
    pub(crate) fn wants_signatures(self) -> bool {
        self == Self::Signed
    }

    /// Names in an order that no cache likes, the same in every run.
    pub(crate) fn questions(self) -> String {
        const MIXED: [Workload; 4] =
            [Workload::Static, Workload::Weighted, Workload::Failover, Workload::Geo];
        let mut text = String::new();
        let mut state = 1_u64;
        for number in 0..QUESTIONS {
            let kind = if self == Self::Mixed { MIXED[number % MIXED.len()] } else { self };
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let drawn = (state >> 33) as usize;
            let (first, count) = match kind {
                Self::Static | Self::Signed => ('h', STATIC_NAMES),
                Self::NxDomain => ('x', STATIC_NAMES),
                _ => ('h', NAMES),
            };
            // Writing to a string does not fail.
            let _ = writeln!(text, "{first}{}.{} A", drawn % count, kind.zone());
        }
        text
    }
}

impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value();
        f.pad(value.as_ref().map_or("", |value| value.get_name()))
    }
}

/// The second and third number of a block `10.x.y.0/24`.
pub(crate) fn block(number: usize) -> [usize; 2] {
    [64 + number / 250, number % 250]
}

/// The address of a geo name for a location.
pub(crate) fn location_address(number: usize, location: usize) -> String {
    format!("10.{}.{}.{}", 32 + number / 250, number % 250, location + 1)
}

/// The address of a static name.
pub(crate) fn static_address(number: usize) -> String {
    format!("10.1.{}.{}", number / 250, number % 250)
}

/// The address of a member of a weighted name.
pub(crate) fn weighted_address(number: usize, member: usize) -> String {
    format!("10.{}.{}.{}", 2 + number / 250, number % 250, member + 1)
}

/// The primary of a failover name.
pub(crate) fn primary(number: usize) -> &'static str {
    if number.is_multiple_of(2) { UP } else { DOWN }
}
