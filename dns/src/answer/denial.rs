//! Proof that something is not there: one NSEC for exactly the name that was asked for (RFC 9824, route53.md section 16.7 and
//! 16.8).
//!
//! It says that the name exists and has other types than the one asked for, so nothing is told about its neighbours, and
//! nothing has to be known of them. A name that does not exist is said to, and has the type NXNAME, which stands for
//! "there is no such name" with those who know it.

use controlplane_types::dns::{RecordType, dnssec, name};

/// What is denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Denied {
    /// The name.
    Name,
    /// Every type: the name only has names below it.
    AllTypes,
    /// This type at a name that has others. Which ones is not said: all that Route 53 knows are listed. So what a resolver
    /// concludes from it stays true when sets are added, and when they are chosen by where a client is.
    Type {
        kind: u16,
        /// The name is the zone's own.
        at_apex: bool,
    },
    /// A DS where the zone is delegated.
    Delegation,
}

/// NSEC data on the stack.
pub(super) struct Denial {
    octets: [u8; MAX],
    len: usize,
}

/// A name and at most three blocks of types.
const MAX: usize = name::MAX_WIRE + 3 * (2 + 32);
/// Blocks of types that anything here lies in: 0 to 255, and 256 to 511.
const BLOCKS: usize = 2;

impl Denial {
    /// The data of the NSEC record of `owner`, which is lower case, in wire form, in the zone `apex`.
    pub(super) fn new(owner: &[u8], apex: &[u8], denied: Denied) -> Self {
        let mut denial = Self { octets: [0; MAX], len: 0 };
        denial.push_next(owner, apex);
        denial.push_types(denied);
        denial
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        &self.octets[..self.len]
    }

    fn push(&mut self, octets: &[u8]) {
        self.octets[self.len..self.len + octets.len()].copy_from_slice(octets);
        self.len += octets.len();
    }

    /// The next name in canonical order: `\000.` in front. Where that is too long nothing can lie below the owner, and its last
    /// octet is counted up instead (RFC 4471 section 3.1.2).
    fn push_next(&mut self, owner: &[u8], apex: &[u8]) {
        if owner.len() + 2 <= name::MAX_WIRE {
            self.push(&[1, 0]);
            return self.push(owner);
        }
        let mut rest = owner;
        while rest.len() > apex.len() {
            let (label, parent) = rest[1..].split_at(usize::from(rest[0]));
            let kept = label.iter().rposition(|octet| *octet != 255);
            if let Some(last) = kept {
                // Capitals count as small letters.
                let raised = if label[last] == b'A' - 1 { b'Z' + 1 } else { label[last] + 1 };
                self.push(&[last as u8 + 1]);
                self.push(&label[..last]);
                self.push(&[raised]);
                return self.push(parent);
            }
            rest = parent;
        }
        // The last name of the zone: the first one follows.
        self.push(apex);
    }

    fn push_types(&mut self, denied: Denied) {
        let mut blocks = [[0u8; 32]; BLOCKS];
        let mut add = |kind: u16| {
            let [block, bit] = kind.to_be_bytes();
            blocks[usize::from(block)][usize::from(bit / 8)] |= 0x80 >> (bit % 8);
        };
        add(dnssec::RRSIG);
        add(dnssec::NSEC);
        match denied {
            Denied::AllTypes => {}
            Denied::Name => add(dnssec::NXNAME),
            Denied::Delegation => add(RecordType::Ns.code()),
            Denied::Type { kind, at_apex } => types_beside(kind, at_apex).for_each(add),
        }
        for (number, block) in blocks.iter().enumerate() {
            if let Some(last) = block.iter().rposition(|octet| *octet != 0) {
                self.push(&[number as u8, last as u8 + 1]);
                self.push(&block[..=last]);
            }
        }
    }
}

/// The types a name may have beside a missing one. CNAME would say that the answer is elsewhere; NS without SOA, that it is a
/// delegation, where nothing but DS can be denied (RFC 6840 section 4.1).
fn types_beside(missing: u16, at_apex: bool) -> impl Iterator<Item = u16> {
    let here = move |kind: &RecordType| match kind {
        RecordType::Cname | RecordType::Ds => false,
        RecordType::Ns | RecordType::Soa => at_apex,
        _ => true,
    };
    let kinds = RecordType::ALL.iter().copied().filter(here).map(RecordType::code);
    kinds.chain(at_apex.then_some(dnssec::DNSKEY)).filter(move |kind| *kind != missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(text: &str) -> Vec<u8> {
        name::parse(text).unwrap()
    }

    fn next(owner: &[u8], apex: &[u8]) -> Vec<u8> {
        let denial = Denial::new(owner, apex, Denied::AllTypes);
        let len = name::wire_len(denial.as_slice()).unwrap();
        denial.as_slice()[..len].to_vec()
    }

    #[test]
    fn the_next_name_begins_with_a_zero() {
        assert_eq!(next(&wire("a.example.com"), &wire("example.com")), wire("\\000.a.example.com"));
    }

    #[test]
    fn a_name_without_room_is_counted_up() {
        let long = ["a".repeat(63), "b".repeat(63), "c".repeat(63)].join(".");
        for (first, expected) in [
            ("d".repeat(61), [&b"d".repeat(60)[..], b"e"].concat()),
            (format!("{}@", "d".repeat(60)), [&b"d".repeat(60)[..], b"["].concat()),
            (format!("{}\\377", "d".repeat(60)), [&b"d".repeat(59)[..], b"e"].concat()),
        ] {
            let owner = wire(&format!("{first}.{long}"));
            assert!(owner.len() > name::MAX_WIRE - 2);
            let apex = wire(&"c".repeat(63));
            let found = next(&owner, &apex);
            assert_eq!(found[1..1 + expected.len()], expected);
            assert_eq!(usize::from(found[0]), expected.len());
            assert!(found.ends_with(&wire(&long)));
        }
        // Where no octet of the first label can be counted up, the next name has one label less.
        let last = wire(&format!("{}.{long}", "\\377".repeat(61)));
        let raised = long.replacen(&"a".repeat(63), &format!("{}b", "a".repeat(62)), 1);
        assert_eq!(next(&last, &wire(&"c".repeat(63))), wire(&raised));
        let apex = wire(&["d".repeat(61), long].join("."));
        assert_eq!(next(&apex, &apex), apex, "nothing can lie below it");
    }

    #[test]
    fn lists_of_types_say_what_they_should() {
        let types = |denied| {
            let denial = Denial::new(&wire("a"), &wire("a"), denied);
            denial.as_slice()[wire("\\000.a").len()..].to_vec()
        };
        assert_eq!(types(Denied::AllTypes), [0, 6, 0, 0, 0, 0, 0, 3]);
        assert_eq!(types(Denied::Delegation), [0, 6, 0x20, 0, 0, 0, 0, 3]);
        let mut name = vec![0, 17, 0, 0, 0, 0, 0, 3];
        name.extend_from_slice(&[0; 10]);
        name.push(0x80);
        assert_eq!(types(Denied::Name), name);
        let below = types(Denied::Type { kind: 1, at_apex: false });
        assert_eq!(below[..4], [0, 13, 0, 0x09], "neither A, NS, CNAME nor SOA");
        assert_eq!(below[15..], [1, 1, 0x40], "CAA");
        let apex = types(Denied::Type { kind: 28, at_apex: true });
        assert_eq!((apex[2] & 0x62, apex[5] & 0x08, apex[8] & 0x80), (0x62, 0, 0x80));
    }
}
