//! What key-signing keys sign: the zone's keys, ahead of time.
//!
//! Fifteen signatures of each, one beginning every day and valid for three, so a zone stays valid for a fortnight without
//! any control plane, and no single signature is good for longer than three days to whoever got hold of a retired key.

use super::{KEYS_TTL, ZoneSigning, name_of, needs_action};
use crate::hosted_zone;
use crate::key_signing_key::KeySigningKey;
use controlplane_services_kernel::{Context, ServiceError};
use controlplane_services_kms::P256Key;
use controlplane_services_kms::p256_key::hash;
use controlplane_types::Timestamp;
use controlplane_types::dns::{Name, dnssec};
use std::time::Duration;

const DAY: u64 = 24 * 3600;
/// Signatures made at once with each key (route53.md section 16.5).
pub const AHEAD: u64 = 15;
/// Days each is valid for.
const VALID: u64 = 3;
/// For clocks that are behind: each is valid for so much longer before.
const BEFORE: u64 = 3600;

/// Signs the zone's keys with every active key-signing key, and writes both down. Where one of them cannot sign, nothing
/// changes: what is published stays with the signatures it has.
pub(super) fn sign(zone_id: &str, mut signing: ZoneSigning, cx: &mut Context) -> Result<(), ServiceError> {
    if needs_action(zone_id, &cx.caller.account, &cx.view) {
        return Ok(());
    }
    let zone = name_of(hosted_zone::existing(zone_id, cx)?.1)?;
    let signers: Vec<(Vec<u8>, P256Key)> = KeySigningKey::of_zone(zone_id, cx)
        .filter(|key| key.active)
        .filter_map(|key| Some((key.record(), key.signer(&cx.caller.account, &cx.view)?.pair.clone())))
        .collect();
    let own = signing.keys.iter().map(|key| key.record());
    let records: Vec<Vec<u8>> = own.chain(signers.iter().map(|(record, _)| record.clone())).collect();
    let days = (0..AHEAD).flat_map(|day| signers.iter().map(move |signer| (day, signer)));
    let made = days.map(|(day, (record, pair))| signature(&zone, &records, record, pair, cx.now, day));
    signing.signatures = made.map(Into::into).collect();
    signing.published = records.into_iter().map(Into::into).collect();
    let refresh = DAY + cx.random().below(6 * DAY);
    signing.refresh_at = cx.now + Duration::from_secs(refresh);
    cx.put(zone_id, signing);
    Ok(())
}

/// RRSIG data over the records, from a day on.
fn signature(
    zone: &Name,
    records: &[Vec<u8>],
    signer: &[u8],
    pair: &P256Key,
    now: Timestamp,
    day: u64,
) -> Vec<u8> {
    let begins = now.as_secs() + day * DAY;
    let covering = dnssec::Covering {
        owner: zone.as_wire(),
        kind: dnssec::DNSKEY,
        ttl: KEYS_TTL,
        inception: begins.saturating_sub(BEFORE) as u32,
        expiration: (begins + VALID * DAY) as u32,
        key_tag: dnssec::key_tag(signer),
        signer: zone.as_wire(),
    };
    let signature = pair.sign(&hash(&covering.signed(records.to_vec())));
    [covering.data(), signature.to_vec()].concat()
}
