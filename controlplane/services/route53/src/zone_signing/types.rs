use controlplane_services_kernel::{Random, Record};
use controlplane_services_kms::P256Key;
use controlplane_types::Timestamp;
use controlplane_types::dns::dnssec;
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

/// Seconds a set of keys may be kept.
pub const KEYS_TTL: u32 = 3600;

/// How a zone is signed. Id: the zone's.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct ZoneSigning {
    /// The zone-signing keys: one active, and while they change one before or after it.
    #[n(0)]
    pub keys: Vec<ZoneSigningKey>,
    /// The data of the DNSKEY records, as signed.
    #[n(1)]
    pub published: Vec<ByteVec>,
    /// The data of RRSIG records over them, in the order in which they begin to be valid.
    #[n(2)]
    pub signatures: Vec<ByteVec>,
    /// When they are made anew.
    #[n(3)]
    pub refresh_at: Timestamp,
    /// When the active key begins to be replaced.
    #[n(4)]
    pub rotate_at: Timestamp,
}

/// A zone-signing key.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct ZoneSigningKey {
    /// Both halves.
    #[n(0)]
    pub pair: P256Key,
    /// Where it is in its life.
    #[n(1)]
    pub phase: Phase,
    /// Since when.
    #[n(2)]
    pub since: Timestamp,
}

/// Where a zone-signing key is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Phase {
    /// Among the zone's keys, so that everybody knows it when it begins to sign.
    #[n(0)]
    Published,
    /// Signs.
    #[n(1)]
    Active,
    /// Signs no more; signatures of it are still about.
    #[n(2)]
    Retired,
}

impl Record for ZoneSigning {
    const KIND: &'static str = "zone_signing";
    const GLOBAL: bool = true;
}

impl ZoneSigning {
    /// The key that signs.
    pub fn active(&self) -> Option<&ZoneSigningKey> {
        self.keys.iter().find(|key| key.phase == Phase::Active)
    }
}

impl ZoneSigningKey {
    pub(super) fn new(phase: Phase, now: Timestamp, random: &mut Random) -> Self {
        Self { pair: P256Key::generate(random), phase, since: now }
    }

    /// The data of its DNSKEY record.
    pub fn record(&self) -> Vec<u8> {
        dnssec::dnskey(dnssec::ZONE_KEY, self.pair.public())
    }
}
