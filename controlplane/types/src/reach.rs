//! Addresses that nobody inside our network calls because somebody outside said so: a registry's redirect, a manifest's
//! registry, an identity provider's URL. Held against the address that is connected to, never against a name, since a name may
//! resolve to anything.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The IPv6 address of EC2's metadata service.
const METADATA: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
/// Behind these 96 bits is an IPv4 address, for networks that translate (RFC 6052).
const TRANSLATED: [u16; 6] = [0x64, 0xff9b, 0, 0, 0, 0];

/// Whether an address is link-local (cloud metadata services live there) or is no address of one machine. Loopback addresses are
/// for the caller to judge: what may lead there differs.
pub fn is_off_limits(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.is_link_local() || v4.octets()[0] == 0 || v4.is_multicast() || v4.is_broadcast(),
        IpAddr::V6(v6) => {
            let translated = translated(v6).is_some_and(|v4| v4.is_loopback() || is_off_limits(v4.into()));
            let local = v6.is_unicast_link_local() || v6 == METADATA;
            local || v6.is_unspecified() || v6.is_multicast() || translated
        }
    }
}

fn translated(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let segments = address.segments();
    let [.., high, low] = segments;
    let v4 = Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
    segments.starts_with(&TRANSLATED).then_some(v4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_services_are_off_limits_however_they_are_written() {
        for (text, off_limits) in [
            ("169.254.169.254", true),
            ("169.254.0.1", true),
            ("::ffff:169.254.169.254", true),
            ("64:ff9b::a9fe:a9fe", true),
            ("64:ff9b::7f00:1", true),
            ("fe80::1", true),
            ("fd00:ec2::254", true),
            ("0.0.0.0", true),
            ("0.1.2.3", true),
            ("::", true),
            ("224.0.0.1", true),
            ("255.255.255.255", true),
            ("ff02::1", true),
            ("10.0.0.1", false),
            ("192.0.2.1", false),
            ("fd00::1", false),
            ("2001:db8::1", false),
            ("64:ff9b::c000:201", false),
        ] {
            assert_eq!(is_off_limits(text.parse().unwrap()), off_limits, "{text}");
        }
    }
}
