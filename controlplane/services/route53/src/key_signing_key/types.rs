use crate::errors;
use controlplane_services_kernel::{Reader, Record, ServiceError, Stored, View};
use controlplane_services_kms::KmsKey;
use controlplane_services_kms::key::KeyState;
use controlplane_types::dns::dnssec;
use controlplane_types::{AccountId, Timestamp};
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

/// A key-signing key. Id: the zone's, and its name.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct KeySigningKey {
    /// Zone whose keys it signs.
    #[n(0)]
    pub zone_id: String,
    /// The client's name for it.
    #[n(1)]
    pub name: String,
    /// The KMS key.
    #[n(2)]
    pub kms_arn: String,
    /// That key's public half, which stays known when the key is gone.
    #[n(3)]
    pub public: ByteArray<{ dnssec::LEN }>,
    /// Whether it signs, if its zone does.
    #[n(4)]
    pub active: bool,
    /// When it was made.
    #[n(5)]
    pub created_at: Timestamp,
    /// When it was activated or deactivated last.
    #[n(6)]
    pub modified_at: Timestamp,
    /// The client's reference.
    #[n(7)]
    pub caller_reference: String,
}

/// Index: by the KMS key.
pub(crate) const BY_KMS_ARN: &str = "by_kms_arn";

impl Record for KeySigningKey {
    const KIND: &'static str = "key_signing_key";
    const GLOBAL: bool = true;

    fn index(&self, add: &mut dyn FnMut(&'static str, &str)) {
        add(BY_KMS_ARN, &self.kms_arn);
    }
}

impl KeySigningKey {
    /// Where one is kept.
    pub fn id_of(zone_id: &str, name: &str) -> String {
        format!("{zone_id}/{name}")
    }

    /// Those of a zone, by name.
    pub fn of_zone<'r>(
        zone_id: &str,
        reader: &'r Reader,
    ) -> impl Iterator<Item = Stored<'r, Self>> + use<'r> {
        Self::of(zone_id, &reader.caller.account, &reader.view)
    }

    /// The same in any account.
    pub fn of<'v>(
        zone_id: &str,
        account: &AccountId,
        view: &'v View,
    ) -> impl Iterator<Item = Stored<'v, Self>> + use<'v> {
        let start = Self::id_of(zone_id, "");
        let keys = view.list_from::<Self>(account, &controlplane_types::Scope::Global, &start);
        keys.take_while(move |found| found.key.id().starts_with(&start))
    }

    /// Its KMS key, if that can sign.
    pub fn signer<'v>(&self, account: &AccountId, view: &'v View) -> Option<&'v KmsKey> {
        KmsKey::by_arn(&self.kms_arn, account, view).filter(|key| key.state == KeyState::Enabled)
    }

    /// The data of its DNSKEY record.
    pub fn record(&self) -> Vec<u8> {
        dnssec::dnskey(dnssec::KEY_SIGNING_KEY, &self.public)
    }
}

/// The key with this name in a zone.
pub(crate) fn existing<'r>(
    zone_id: &str,
    name: &str,
    reader: &'r Reader,
) -> Result<&'r KeySigningKey, ServiceError> {
    let found = reader.get::<KeySigningKey>(&KeySigningKey::id_of(zone_id, name));
    found.ok_or_else(|| errors::no_such_key_signing_key(name))
}
