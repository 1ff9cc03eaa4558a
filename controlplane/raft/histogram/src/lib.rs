//! Stands in for the published crate of this name, in which openraft counts how large its batches are.
//!
//! The published one computes tables of bucket limits for sixteen resolutions when the first histogram is made, 27 MiB for
//! as long as the process lives. openraft uses the third smallest of them, nobody reads what it counts, and it cannot be
//! told not to: the tables were half of what an idle server held. Here the bucket of a value follows from its bits.
//!
//! What readers get wrong: this is not a library for the house. It has what openraft calls, under the names by which
//! openraft calls it; when openraft can count without it, or the published crate makes only the tables it is asked for,
//! this folder goes.

use std::fmt;
use std::marker::PhantomData;

/// Buckets of one power of two.
const PARTS_BITS: u32 = 2;
/// As many as values of 64 bits need.
const BUCKETS: usize = 64 << PARTS_BITS;

/// How often values of each size were seen. A bucket is at most a quarter of its values wide.
#[derive(Clone, PartialEq, Eq)]
pub struct Histogram<T = ()> {
    counts: Box<[u64; BUCKETS]>,
    kind: PhantomData<T>,
}

fn bucket(value: u64) -> usize {
    let bits = u64::BITS - value.leading_zeros();
    let shift = bits.saturating_sub(PARTS_BITS + 1);
    ((shift as usize) << PARTS_BITS) + (value >> shift) as usize
}

/// The least value of a bucket.
fn least(bucket: usize) -> u64 {
    let (power, part) = (bucket >> PARTS_BITS, (bucket & ((1 << PARTS_BITS) - 1)) as u64);
    match power {
        0 => part,
        _ => (part | 1 << PARTS_BITS) << (power - 1),
    }
}

impl<T> Histogram<T> {
    /// Nothing was seen.
    pub fn new() -> Self {
        Self { counts: Box::new([0; BUCKETS]), kind: PhantomData }
    }

    /// A value was seen.
    pub fn record(&mut self, value: u64) {
        self.record_n(value, 1);
    }

    /// A value was seen `count` times.
    pub fn record_n(&mut self, value: u64, count: u64) {
        let counter = &mut self.counts[bucket(value)];
        *counter = counter.saturating_add(count);
    }

    /// The value below which `permille` of all lie, as far as buckets tell; zero when none was seen.
    fn percentile(&self, permille: u64) -> u64 {
        let wanted = u128::from(self.samples()) * u128::from(permille);
        let mut seen = 0;
        let reached = self.counts.iter().position(|count| {
            seen += u128::from(*count) * 1000;
            seen > 0 && seen >= wanted
        });
        reached.map_or(0, least)
    }

    fn samples(&self) -> u64 {
        self.counts.iter().fold(0, |sum: u64, count| sum.saturating_add(*count))
    }

    /// A summary.
    pub fn percentile_stats(&self) -> PercentileStats {
        PercentileStats {
            samples: self.samples(),
            p0_1: self.percentile(1),
            p1: self.percentile(10),
            p5: self.percentile(50),
            p10: self.percentile(100),
            p50: self.percentile(500),
            p90: self.percentile(900),
            p99: self.percentile(990),
            p99_9: self.percentile(999),
        }
    }
}

impl<T> Default for Histogram<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for Histogram<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Histogram({:?})", self.percentile_stats())
    }
}

/// A summary of a [`Histogram`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PercentileStats {
    /// Values seen.
    pub samples: u64,
    /// One in a thousand is not above this, and so on.
    pub p0_1: u64,
    /// 1%.
    pub p1: u64,
    /// 5%.
    pub p5: u64,
    /// 10%.
    pub p10: u64,
    /// The median.
    pub p50: u64,
    /// 90%.
    pub p90: u64,
    /// 99%.
    pub p99: u64,
    /// 99.9%.
    pub p99_9: u64,
}

impl fmt::Display for PercentileStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} values, p50 {}, p90 {}, p99 {}, p99.9 {}",
            self.samples, self.p50, self.p90, self.p99, self.p99_9
        )
    }
}

/// Several histograms under names, to print.
#[derive(Clone, Debug, Default)]
pub struct AsciiChart(Vec<(String, PercentileStats)>);

impl AsciiChart {
    /// Without any.
    pub fn new() -> Self {
        Self::default()
    }

    /// With one more.
    #[must_use]
    pub fn add(mut self, name: &str, histogram: Histogram) -> Self {
        self.0.push((name.to_owned(), histogram.percentile_stats()));
        self
    }
}

impl fmt::Display for AsciiChart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(name, stats)| writeln!(f, "{name}: {stats}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_a_bucket_whose_least_value_is_near() {
        let edges = (0..64).flat_map(|bit| [(1_u64 << bit) - 1, 1 << bit, (1 << bit) + 1]);
        for value in edges.chain(0..2000).chain([u64::MAX]) {
            let least = least(bucket(value));
            assert!(least <= value && value - least <= value / 4, "{value}: {least}");
        }
        assert!((0..bucket(u64::MAX)).all(|index| bucket(least(index)) == index));
    }

    #[test]
    fn percentiles_are_those_of_what_was_recorded() {
        let mut histogram = Histogram::<()>::new();
        assert_eq!(histogram.percentile_stats().p50, 0);
        histogram.record_n(4, 98);
        histogram.record(64);
        histogram.record(1 << 20);
        let stats = histogram.percentile_stats();
        assert_eq!((stats.samples, stats.p0_1, stats.p50, stats.p99, stats.p99_9), (100, 4, 4, 64, 1 << 20));
    }
}
