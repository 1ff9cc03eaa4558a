use super::KeySigningKey;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use controlplane_services_kernel::Reader;
use controlplane_services_kms::p256_key::hash;
use controlplane_types::Timestamp;
use controlplane_types::dns::{Name, dnssec};
use serde::Serialize;

/// SHA-256 in DS records.
const DIGEST: u8 = 2;

/// A key as AWS shows it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct KeySigningKeyShown {
    name: String,
    kms_arn: String,
    flag: u16,
    signing_algorithm_mnemonic: &'static str,
    signing_algorithm_type: u8,
    digest_algorithm_mnemonic: &'static str,
    digest_algorithm_type: u8,
    key_tag: u16,
    digest_value: String,
    public_key: String,
    #[serde(rename = "DSRecord")]
    ds_record: String,
    #[serde(rename = "DNSKEYRecord")]
    dnskey_record: String,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_message: Option<String>,
    created_date: Timestamp,
    last_modified_date: Timestamp,
}

impl KeySigningKeyShown {
    /// Of a key of the zone with this name.
    pub(crate) fn of(key: &KeySigningKey, zone: &Name, cx: &Reader) -> Self {
        let record = key.record();
        let (key_tag, digest) = (dnssec::key_tag(&record), digest(zone, &record));
        let public_key = STANDARD.encode(key.public.as_slice());
        let (flag, algorithm) = (dnssec::KEY_SIGNING_KEY, dnssec::ALGORITHM);
        let stuck = key.active && key.signer(&cx.caller.account, &cx.view).is_none();
        Self {
            name: key.name.clone(),
            kms_arn: key.kms_arn.clone(),
            flag,
            signing_algorithm_mnemonic: "ECDSAP256SHA256",
            signing_algorithm_type: algorithm,
            digest_algorithm_mnemonic: "SHA-256",
            digest_algorithm_type: DIGEST,
            key_tag,
            ds_record: format!("{key_tag} {algorithm} {DIGEST} {digest}"),
            digest_value: digest,
            dnskey_record: format!("{flag} 3 {algorithm} {public_key}"),
            public_key,
            status: match (stuck, key.active) {
                (true, _) => "ACTION_NEEDED",
                (_, true) => "ACTIVE",
                (_, false) => "INACTIVE",
            },
            status_message: stuck
                .then(|| format!("The customer managed key {} cannot be used.", key.kms_arn)),
            created_date: key.created_at,
            last_modified_date: key.modified_at,
        }
    }
}

/// The digest of a DS record (RFC 4034 section 5.1.4), in hexadecimal digits.
pub(super) fn digest(zone: &Name, record: &[u8]) -> String {
    let digest = hash(&[zone.as_wire(), record].concat());
    digest.iter().map(|octet| format!("{octet:02X}")).collect()
}
