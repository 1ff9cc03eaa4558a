//! DNSSEC's records (RFC 4034) for the one algorithm Route 53 signs with, ECDSA P-256 with SHA-256 (RFC 6605): keys, their
//! tags, and the octets a signature is made over. The control plane signs the keys, the DNS servers everything else; both
//! build what they sign here. The signing itself is theirs.

use super::{RecordType, name};

/// Type code of RRSIG.
pub const RRSIG: u16 = 46;
/// Type code of NSEC.
pub const NSEC: u16 = 47;
/// Type code of DNSKEY.
pub const DNSKEY: u16 = 48;
/// Type code of NXNAME, which stands in the list of types of a name that does not exist (RFC 9824 section 2).
pub const NXNAME: u16 = 128;
/// ECDSAP256SHA256.
pub const ALGORITHM: u8 = 13;
/// Flags of a key that signs a zone's records.
pub const ZONE_KEY: u16 = 256;
/// Flags of a key that signs keys: a zone key that the parent's DS names.
pub const KEY_SIGNING_KEY: u16 = 257;
/// Octets of a public key, and of a signature.
pub const LEN: usize = 64;
/// Longest a record of a signed zone may be kept, in seconds (route53.md section 3.5).
pub const MAX_TTL: u32 = 604_800;
/// Octets of an RRSIG's data in front of the signer's name.
const FIXED: usize = 18;

/// Data of a DNSKEY record.
pub fn dnskey(flags: u16, public: &[u8; LEN]) -> Vec<u8> {
    let mut data = flags.to_be_bytes().to_vec();
    data.extend_from_slice(&[3, ALGORITHM]);
    data.extend_from_slice(public);
    data
}

/// The short name signatures call a key by (RFC 4034 appendix B).
pub fn key_tag(dnskey: &[u8]) -> u16 {
    let pairs =
        dnskey.chunks(2).map(|pair| u32::from(pair[0]) << 8 | pair.get(1).map_or(0, |low| u32::from(*low)));
    let sum: u32 = pairs.sum();
    ((sum + (sum >> 16)) & 0xffff) as u16
}

/// What a signature says of itself: an RRSIG's data without the signature.
#[derive(Clone, Copy, Debug)]
pub struct Covering<'a> {
    /// Name of the signed set, lower case, in wire form.
    pub owner: &'a [u8],
    /// Type of the signed set.
    pub kind: u16,
    /// Its TTL.
    pub ttl: u32,
    /// Seconds since 1970 from which it is valid.
    pub inception: u32,
    /// And until when.
    pub expiration: u32,
    /// The key's.
    pub key_tag: u16,
    /// The zone, lower case, in wire form.
    pub signer: &'a [u8],
}

impl Covering<'_> {
    /// RRSIG data up to where the signature follows.
    pub fn data(&self) -> Vec<u8> {
        let mut data = vec![0; FIXED + self.signer.len()];
        self.write(&mut data);
        data
    }

    /// The same into `out`, which has to hold it; gives its length.
    pub fn write(&self, out: &mut [u8]) -> usize {
        let end = FIXED + self.signer.len();
        out[..2].copy_from_slice(&self.kind.to_be_bytes());
        out[2..4].copy_from_slice(&[ALGORITHM, labels(self.owner)]);
        out[4..8].copy_from_slice(&self.ttl.to_be_bytes());
        out[8..12].copy_from_slice(&self.expiration.to_be_bytes());
        out[12..16].copy_from_slice(&self.inception.to_be_bytes());
        out[16..FIXED].copy_from_slice(&self.key_tag.to_be_bytes());
        out[FIXED..end].copy_from_slice(self.signer);
        end
    }

    /// What is signed (RFC 4034 section 3.1.8.1): [`Self::data`], then every record in canonical form, in order, each once.
    /// `records` is the data of each, made canonical by [`canonical`].
    pub fn signed(&self, mut records: Vec<Vec<u8>>) -> Vec<u8> {
        records.sort_unstable();
        records.dedup();
        let mut octets = self.data();
        for record in records {
            octets.extend_from_slice(self.owner);
            octets.extend_from_slice(&self.kind.to_be_bytes());
            octets.extend_from_slice(&[0, 1]);
            octets.extend_from_slice(&self.ttl.to_be_bytes());
            octets.extend_from_slice(&(record.len() as u16).to_be_bytes());
            octets.extend_from_slice(&record);
        }
        octets
    }
}

/// Labels of a name without the root and without a leading `*` (RFC 4034 section 3.1.3).
fn labels(owner: &[u8]) -> u8 {
    let count = name::labels(owner).count();
    (count - usize::from(owner.starts_with(b"\x01*"))) as u8
}

/// Puts the names in a record's uncompressed data into lower case, where canonical form wants that (RFC 4034 section 6.2,
/// RFC 6840 section 5.1). Types without names, and those whose names are taken as they are, stay.
pub fn canonical(kind: u16, data: &mut [u8]) {
    let names = match RecordType::from_code(kind) {
        Some(RecordType::Ns | RecordType::Cname | RecordType::Ptr) => 0..data.len(),
        Some(RecordType::Mx) => 2..data.len(),
        Some(RecordType::Srv) => 6..data.len(),
        Some(RecordType::Soa) => 0..data.len().saturating_sub(20),
        Some(RecordType::Naptr) => naptr_name(data)..data.len(),
        _ => return,
    };
    // Lengths of labels are below `A`.
    data.get_mut(names).unwrap_or_default().make_ascii_lowercase();
}

/// Where the name in NAPTR data begins: behind two numbers and three strings.
fn naptr_name(data: &[u8]) -> usize {
    (0..3).fold(4, |at, _| at + 1 + data.get(at).map_or(0, |len| usize::from(*len)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::rdata;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    #[test]
    fn a_key_has_the_tag_its_example_says() {
        // RFC 6605 section 6.1.
        let text = "GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==";
        let public = STANDARD.decode(text).unwrap().try_into().unwrap();
        assert_eq!(key_tag(&dnskey(KEY_SIGNING_KEY, &public)), 55648);
    }

    #[test]
    fn names_in_data_become_lower_case_and_nothing_else_does() {
        for (kind, value) in [
            ("NS", "Ns.Example.COM."),
            ("MX", "16705 Mail.EXAMPLE."),
            ("SRV", "16705 16705 16705 Host.EXAMPLE."),
            ("SOA", "Ns.EXAMPLE. Admin.EXAMPLE. 1094795585 1 1 1 1094795585"),
            ("NAPTR", "16705 16705 \"U\" \"E2U+SIP\" \"\" Sip.EXAMPLE."),
            ("TXT", "\"ABC\""),
            ("CAA", "0 issue \"CA.EXAMPLE\""),
            ("SVCB", "1 Host.EXAMPLE."),
        ] {
            let kind = RecordType::parse(kind).unwrap();
            let given = rdata::parse_as(kind, value).unwrap();
            let mut canonical_data = given.clone();
            canonical(kind.code(), &mut canonical_data);
            let names =
                value.split(' ').filter(|field| field.ends_with("EXAMPLE.") || field.ends_with("COM."));
            let expected = names.fold(value.to_owned(), |text, name| match kind {
                RecordType::Svcb => text,
                _ => text.replace(name, &name.to_lowercase()),
            });
            assert_eq!(canonical_data, rdata::parse_as(kind, &expected).unwrap(), "{kind} {value}");
        }
    }

    #[test]
    fn a_set_is_signed_in_order_without_repetition_and_a_wildcard_without_its_star() {
        let covering = Covering {
            owner: b"\x01*\x01a\0",
            kind: 1,
            ttl: 5,
            inception: 6,
            expiration: 7,
            key_tag: 8,
            signer: b"\x01a\0",
        };
        let signed = covering.signed(vec![vec![2], vec![1], vec![2]]);
        let head = [0, 1, 13, 1, 0, 0, 0, 5, 0, 0, 0, 7, 0, 0, 0, 6, 0, 8, 1, b'a', 0];
        let record = |data| [1, b'*', 1, b'a', 0, 0, 1, 0, 1, 0, 0, 0, 5, 0, 1, data];
        assert_eq!(signed, [&head[..], &record(1), &record(2)].concat());
    }
}
