//! Response rate limiting: a server that answers anybody over UDP must not be a weapon against somebody else, in whose
//! name queries are sent.
//!
//! Each reply adds one to a load that decays by a factor of e each second, for the client's address and for the networks
//! around it; a network may take more than an address, by a factor for each level. Where one is above its limit every
//! second reply is cut to "ask over TCP", which an honest client does, and the others are dropped. Who shows a cookie of
//! ours has proven its address and is not counted; neither is TCP.
//!
//! One table for each worker, of fixed size: nothing is shared, nothing allocated. Two networks that meet in one place of
//! the table add up, which can only limit too early; the emptier of two places is taken, so that is rare.

use std::hash::BuildHasher;
use std::net::IpAddr;

/// Places in a worker's table.
const PLACES: usize = 1 << 16;

/// Prefix lengths and how many times an address's rate they may take.
const V4: [(u8, f32); 4] = [(32, 1.0), (24, 32.0), (20, 256.0), (18, 768.0)];
const V6: [(u8, f32); 5] = [(128, 1.0), (64, 2.0), (56, 3.0), (48, 4.0), (32, 64.0)];

/// What becomes of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Send,
    /// Only its question and the bit that says "over TCP".
    Cut,
    Drop,
}

#[derive(Clone, Copy, Debug, Default)]
struct Place {
    key: u64,
    /// Milliseconds on the runtime's clock, wrapping.
    at: u32,
    load: f32,
}

impl Place {
    fn load(&self, now: u32) -> f32 {
        self.load * (-(now.wrapping_sub(self.at) as f32) / 1000.0).exp()
    }
}

/// The loads one worker has seen.
pub(crate) struct Limiter {
    /// Replies for each second to one address.
    rate: f32,
    places: Box<[Place]>,
    /// Seeded, so that nobody can choose networks that meet.
    hasher: foldhash::fast::RandomState,
    cut_next: bool,
}

impl Limiter {
    /// `None` for rate 0: no limits.
    pub(crate) fn new(rate: u32) -> Option<Self> {
        let places = || vec![Place::default(); PLACES].into();
        (rate > 0).then(|| Self {
            rate: rate as f32,
            places: places(),
            hasher: Default::default(),
            cut_next: true,
        })
    }

    /// Counts a reply to `peer` at `now`, in milliseconds, and says what becomes of it.
    pub(crate) fn verdict(&mut self, peer: IpAddr, now: u32) -> Verdict {
        let (bits, levels): (u128, &[(u8, f32)]) = match peer {
            IpAddr::V4(peer) => (u128::from(peer.to_bits()) << 96, &V4),
            IpAddr::V6(peer) => (peer.to_bits(), &V6),
        };
        let mut limited = false;
        for (prefix, factor) in levels {
            let network = bits & u128::MAX << (128 - u32::from(*prefix));
            limited |= self.add((network, *prefix, peer.is_ipv4()), now) >= self.rate * factor;
        }
        if !limited {
            return Verdict::Send;
        }
        self.cut_next = !self.cut_next;
        if self.cut_next { Verdict::Drop } else { Verdict::Cut }
    }

    /// Adds a reply to a network's load and gives what it was before.
    fn add(&mut self, network: (u128, u8, bool), now: u32) -> f32 {
        let key = self.hasher.hash_one(network);
        let choices = [key as usize % PLACES, (key >> 32) as usize % PLACES];
        let held = choices.into_iter().find(|place| self.places[*place].key == key);
        let emptier = || {
            if self.places[choices[0]].load(now) <= self.places[choices[1]].load(now) {
                choices[0]
            } else {
                choices[1]
            }
        };
        let number = held.unwrap_or_else(emptier);
        let place = &mut self.places[number];
        let load = place.load(now);
        // Another network's load that has not faded yet is not forgotten: that would let two take turns.
        *place = Place { key, at: now, load: load + 1.0 };
        load
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of the replies to `peer` in one second at `rate` are sent, by millisecond.
    fn sent(limiter: &mut Limiter, peer: impl Fn(u32) -> IpAddr, count: u32, from: u32) -> u32 {
        (0..count)
            .filter(|number| limiter.verdict(peer(*number), from + number * 1000 / count) == Verdict::Send)
            .count() as u32
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_gets_its_rate_and_then_every_second_reply_cut() {
        let mut limiter = Limiter::new(100).unwrap();
        for second in 0..5 {
            assert_eq!(sent(&mut limiter, |_| address("192.0.2.1"), 90, second * 1000), 90, "below the rate");
        }
        let mut limiter = Limiter::new(100).unwrap();
        let verdicts: Vec<Verdict> = (0..104).map(|_| limiter.verdict(address("192.0.2.1"), 5)).collect();
        assert!(verdicts[..100].iter().all(|verdict| *verdict == Verdict::Send));
        assert_eq!(verdicts[100..], [Verdict::Cut, Verdict::Drop, Verdict::Cut, Verdict::Drop]);
        assert_eq!(limiter.verdict(address("198.51.100.1"), 5), Verdict::Send, "others are not concerned");
        assert_eq!(limiter.verdict(address("192.0.2.1"), 2005), Verdict::Send, "it fades");
    }

    #[test]
    fn a_network_of_many_addresses_is_limited_too() {
        let spread = |number: u32| IpAddr::from([192, 0, 2, number as u8]);
        let mut limiter = Limiter::new(10).unwrap();
        let passed = sent(&mut limiter, spread, 2000, 0);
        assert!((320..640).contains(&passed), "{passed} to a /24 that may have 320 at once");
        let wide = |number: u32| IpAddr::V6((0x2001_0db8_u128 << 96 | u128::from(number % 256) << 72).into());
        let mut limiter = Limiter::new(10).unwrap();
        let passed = sent(&mut limiter, wide, 2000, 0);
        assert!((40..120).contains(&passed), "{passed} to a /48 that may have 40 at once");
    }

    #[test]
    fn the_clock_may_wrap_and_rate_0_is_no_limit() {
        let mut limiter = Limiter::new(1).unwrap();
        assert_eq!(limiter.verdict(address("192.0.2.1"), u32::MAX - 1), Verdict::Send);
        assert_ne!(limiter.verdict(address("192.0.2.1"), u32::MAX - 1), Verdict::Send);
        assert_ne!(limiter.verdict(address("192.0.2.1"), 1), Verdict::Send);
        assert_eq!(limiter.verdict(address("192.0.2.1"), 9000), Verdict::Send);
        assert!(Limiter::new(0).is_none());
    }
}
