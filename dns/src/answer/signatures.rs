//! Signatures made while answering, and those made a while ago kept: a signature costs as much as several answers.
//!
//! Each worker keeps its own, so there is no lock. A place is found by a keyed hash of everything a signature depends on: the
//! keys, the owner, the type, the TTL, and which rendered records; 128 bits that nobody outside can aim at. The room is
//! fixed and taken when the first signature is made, so servers without signed zones have none of it, and finding a
//! signature again allocates nothing. Owners that the zone does not hold (wildcards' answers, denials) have a room of
//! their own: whoever asks for a million of them must not push out the signatures of names that exist.

use crate::compile::MAX_PICKS;
use crate::zone::{Rendered, RenderedRecord, Signing};
use controlplane_types::dns::dnssec::{self, Covering};
use controlplane_types::dns::{RecordType, name};
use siphasher::sip128::{Hasher128, SipHasher13};
use std::hash::Hasher;

/// A signature is valid from this long before it is made, for clocks that are behind.
const BEFORE: u32 = 3600;
/// And for this long after (route53.md section 16.10).
const AFTER: u32 = 24 * 3600;
/// It is given out for this long.
const KEPT: u32 = 6 * 3600;
/// Signatures that compete for the same places.
const WAYS: usize = 4;

/// What a set of records is signed as.
#[derive(Clone, Copy)]
pub(super) struct Covered<'a> {
    /// Lower case, wire form.
    pub(super) owner: &'a [u8],
    pub(super) kind: u16,
    pub(super) ttl: u32,
    pub(super) content: Content<'a>,
    /// The zone's name.
    pub(super) apex: &'a [u8],
    /// The zone holds the owner.
    pub(super) exists: bool,
}

/// Where the records' data is.
#[derive(Clone, Copy)]
pub(super) enum Content<'a> {
    /// In these, all of them together one set; of a CNAME only the first record.
    Sets(&'a [&'a Rendered]),
    /// The data of the only record.
    Data(&'a [u8]),
}

/// An RRSIG's data.
pub(super) struct Signature {
    octets: [u8; 18 + name::MAX_WIRE + dnssec::LEN],
    len: usize,
}

impl Signature {
    pub(super) fn as_slice(&self) -> &[u8] {
        &self.octets[..self.len]
    }
}

/// A signature and what it is of.
#[derive(Clone, Copy)]
struct Kept {
    hash: u128,
    made_at: u32,
    signature: [u8; dnssec::LEN],
}

const NONE: Kept = Kept { hash: 0, made_at: 0, signature: [0; dnssec::LEN] };

/// Places for signatures.
#[derive(Default)]
struct Room {
    places: Box<[[Kept; WAYS]]>,
}

/// The signatures one worker keeps.
pub struct Signatures {
    secret: [u64; 2],
    /// Of names in zones, and of other names.
    rooms: [Room; 2],
    sizes: [usize; 2],
}

impl Signatures {
    /// `secret` is what places are found by; nobody else should know it. Room for the names of large zones: about 3 MiB, once there is something to sign.
    pub fn large(secret: [u64; 2]) -> Self {
        Self::new([1 << 15, 1 << 12], secret)
    }

    /// The same with room for what one connection asks.
    pub fn small(secret: [u64; 2]) -> Self {
        Self::new([1 << 6, 1 << 4], secret)
    }

    fn new(sizes: [usize; 2], secret: [u64; 2]) -> Self {
        Self { secret, rooms: Default::default(), sizes }
    }

    /// The RRSIG data for a set, kept or new; `None` if nothing can be signed.
    pub(super) fn signature(&mut self, signing: &Signing, covered: &Covered, now: u32) -> Option<Signature> {
        let hash = self.hash(signing, covered);
        let number = usize::from(!covered.exists);
        if self.rooms[number].places.is_empty() {
            self.rooms[number].places = vec![[NONE; WAYS]; self.sizes[number] / WAYS].into();
        }
        let places = self.rooms[number].ways(hash);
        let held = places.iter().find(|kept| kept.hash == hash && now.wrapping_sub(kept.made_at) < KEPT);
        if let Some(kept) = held {
            return Some(written(&kept.covering(signing, covered), &kept.signature));
        }
        let kept = Kept { hash, made_at: now, ..NONE };
        let covering = kept.covering(signing, covered);
        signing.sign(&covering.signed(covered.records())).map(|signature| {
            *replaceable(places, hash) = Kept { signature, ..kept };
            written(&covering, &signature)
        })
    }

    fn hash(&self, signing: &Signing, covered: &Covered) -> u128 {
        let mut hasher = SipHasher13::new_with_keys(self.secret[0], self.secret[1]);
        hasher.write_u64(signing.stamp);
        hasher.write_u64(u64::from(covered.kind) << 32 | u64::from(covered.ttl));
        hasher.write(covered.owner);
        match covered.content {
            Content::Data(data) => hasher.write(data),
            Content::Sets(sets) => {
                // In whatever order they were picked.
                let mut stamps = [0; MAX_PICKS];
                stamps.iter_mut().zip(sets).for_each(|(stamp, set)| *stamp = set.stamp);
                stamps.sort_unstable();
                stamps.iter().for_each(|stamp| hasher.write_u64(*stamp));
            }
        }
        hasher.finish128().as_u128()
    }
}

impl Room {
    fn ways(&mut self, hash: u128) -> &mut [Kept; WAYS] {
        let number = hash as usize % self.places.len();
        &mut self.places[number]
    }
}

/// The place of the same signature if it is there and too old, else of the oldest.
fn replaceable([first, rest @ ..]: &mut [Kept; WAYS], hash: u128) -> &mut Kept {
    let rank = |place: &Kept| (place.hash != hash, place.made_at);
    rest.iter_mut().fold(first, |found, place| if rank(place) < rank(found) { place } else { found })
}

impl Kept {
    fn covering<'a>(&self, signing: &Signing, covered: &Covered<'a>) -> Covering<'a> {
        Covering {
            owner: covered.owner,
            kind: covered.kind,
            ttl: covered.ttl,
            inception: self.made_at.wrapping_sub(BEFORE),
            expiration: self.made_at.wrapping_add(AFTER),
            key_tag: signing.key_tag,
            signer: covered.apex,
        }
    }
}

impl Covered<'_> {
    /// The data of every record, canonical.
    fn records(&self) -> Vec<Vec<u8>> {
        let sets = match self.content {
            Content::Data(data) => return vec![data.to_vec()],
            Content::Sets(sets) => sets,
        };
        let numbered = sets.iter().flat_map(|set| (0..set.len()).map(move |number| set.record(number)));
        let most = if self.kind == RecordType::Cname.code() { 1 } else { usize::MAX };
        let whole = |record: RenderedRecord| {
            let mut data = record.data.to_vec();
            if record.in_zone {
                data.extend_from_slice(self.apex);
            }
            dnssec::canonical(self.kind, &mut data);
            data
        };
        numbered.take(most).map(whole).collect()
    }
}

fn written(covering: &Covering, signature: &[u8; dnssec::LEN]) -> Signature {
    let mut octets = [0; 18 + name::MAX_WIRE + dnssec::LEN];
    let said = covering.write(&mut octets);
    octets[said..said + dnssec::LEN].copy_from_slice(signature);
    Signature { octets, len: said + dnssec::LEN }
}
