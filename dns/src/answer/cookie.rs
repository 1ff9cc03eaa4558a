//! DNS cookies (RFC 7873) in the one form every server can check of every other (RFC 9018): a client that gets its own
//! eight octets back knows that the reply comes from where its query went, and next time shows ours, which proves that
//! its address is its own.
//!
//! No cookie is ever demanded: that would cost honest clients a round trip, and a server without recursion has little
//! to defend. Nothing is remembered per client; the secret is all it takes.

use siphasher::sip::SipHasher24;
use std::hash::Hasher;
use std::net::IpAddr;

/// Octets of a complete cookie: the client's eight and our sixteen.
pub(super) const LEN: usize = 24;

const CLIENT: usize = 8;
/// RFC 7873 section 4: a server's part has 8 to 32 octets.
const SERVER: std::ops::RangeInclusive<usize> = 8..=32;
const VERSION: [u8; 4] = [1, 0, 0, 0];

/// What server cookies are made with; servers on one address need the same.
#[derive(Clone, Debug, Default)]
pub struct CookieSecret([u8; 16]);

impl CookieSecret {
    /// A secret of these octets.
    pub fn new(octets: [u8; 16]) -> Self {
        Self(octets)
    }

    /// The cookie for a client at `peer`; `now` is in seconds since 1970, wrapping.
    pub(super) fn cookie(&self, client: [u8; CLIENT], peer: IpAddr, now: u32) -> [u8; LEN] {
        let mut cookie = [0; LEN];
        cookie[..8].copy_from_slice(&client);
        cookie[8..12].copy_from_slice(&VERSION);
        cookie[12..16].copy_from_slice(&now.to_be_bytes());
        let mut hasher = SipHasher24::new_with_key(&self.0);
        hasher.write(&cookie[..16]);
        match peer {
            IpAddr::V4(peer) => hasher.write(&peer.octets()),
            IpAddr::V6(peer) => hasher.write(&peer.octets()),
        }
        // RFC 9018 section 4.4: the octets of the hash in the order SipHash gives them.
        cookie[16..].copy_from_slice(&hasher.finish().to_le_bytes());
        cookie
    }

    /// Whether a COOKIE option is one this secret made for the client at `peer`, lately.
    pub(super) fn made(&self, option: &[u8], peer: IpAddr, now: u32) -> bool {
        let (Some(client), Some(&[a, b, c, d])) = (client_part(option), option.get(12..16)) else {
            return false;
        };
        let then = u32::from_be_bytes([a, b, c, d]);
        VALID_SECONDS.contains(&(now.wrapping_sub(then) as i32)) && self.cookie(client, peer, then) == *option
    }
}

/// How long a cookie proves an address, and how far ahead a clock may be (RFC 9018 section 4.3).
const VALID_SECONDS: std::ops::RangeInclusive<i32> = -300..=3600;

/// The client's part of a COOKIE option; `None` if the option is malformed.
pub(super) fn client_part(option: &[u8]) -> Option<[u8; CLIENT]> {
    let (client, server) = option.split_first_chunk::<CLIENT>()?;
    (server.is_empty() || SERVER.contains(&server.len())).then_some(*client)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<u32> = text.chars().filter_map(|digit| digit.to_digit(16)).collect();
        digits.chunks(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect()
    }

    #[test]
    fn the_cookie_is_that_of_rfc_9018_appendix_a_1() {
        let secret = hex("e5e973e5a6b2a43f48e7dc849e37bfcf").try_into().unwrap();
        let client = hex("2464c4abcf10c957").try_into().unwrap();
        let cookie = CookieSecret::new(secret).cookie(client, "198.51.100.100".parse().unwrap(), 1559731985);
        assert_eq!(cookie.to_vec(), hex("2464c4abcf10c957010000005cf79f111f8130c3eee29480"));
    }

    #[test]
    fn a_cookie_proves_one_address_for_an_hour() {
        let secret = CookieSecret::new([3; 16]);
        let (peer, then) = ("192.0.2.1".parse().unwrap(), u32::MAX - 10);
        let cookie = secret.cookie([1; 8], peer, then);
        let cases = [
            (0, true),
            (3600, true),
            (3601, false),
            (300u32.wrapping_neg(), true),
            (301u32.wrapping_neg(), false),
        ];
        for (later, proves) in cases {
            assert_eq!(secret.made(&cookie, peer, then.wrapping_add(later)), proves, "{later}");
        }
        assert!(!secret.made(&cookie, "192.0.2.2".parse().unwrap(), then));
        assert!(!CookieSecret::new([4; 16]).made(&cookie, peer, then));
        assert!(!secret.made(&cookie[..8], peer, then), "only the client's part");
        for place in 0..cookie.len() {
            let mut forged = cookie;
            forged[place] ^= 1;
            assert!(!secret.made(&forged, peer, then), "octet {place}");
        }
    }

    #[test]
    fn lengths_are_checked() {
        for len in 0..50 {
            let good = len == 8 || (16..=40).contains(&len);
            assert_eq!(client_part(&vec![7; len]).is_some(), good, "{len}");
        }
    }
}
