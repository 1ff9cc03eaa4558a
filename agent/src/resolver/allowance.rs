//! How much one address may ask: Amazon's bound is 1,024 packets a second per interface.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

const PER_SECOND: u32 = 1024;

/// Counts the packets of the running second. Its size is bounded by the addresses of the VPC's interfaces: no other sender
/// gets through the source filter.
#[derive(Debug, Default)]
pub(super) struct Allowance(Mutex<(u64, BTreeMap<Source, u32>)>);

/// Two VPCs may use the same addresses.
type Source = (String, IpAddr);

impl Allowance {
    /// Whether one more packet of `source` is looked at.
    pub(super) fn admits(&self, source: Source, now: Duration) -> bool {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (second, counts) = &mut *counted;
        if *second != now.as_secs() {
            *second = now.as_secs();
            counts.clear();
        }
        let count = counts.entry(source).or_default();
        *count += 1;
        *count <= PER_SECOND
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_source_does_not_use_up_anothers() {
        let allowance = Allowance::default();
        let source = |vpc: &str, text: &str| (vpc.to_owned(), text.parse::<IpAddr>().unwrap());
        let one = source("vpc-1", "10.0.0.4");
        let admitted =
            |source: &Source, now| (0..2000).filter(|_| allowance.admits(source.clone(), now)).count();
        let now = Duration::from_millis(5_100);
        for source in [&one, &source("vpc-1", "10.0.0.5"), &source("vpc-2", "10.0.0.4")] {
            assert_eq!(admitted(source, now), 1024);
        }
        assert_eq!(admitted(&one, Duration::from_millis(5_900)), 0);
        assert_eq!(admitted(&one, Duration::from_secs(6)), 1024);
    }
}
