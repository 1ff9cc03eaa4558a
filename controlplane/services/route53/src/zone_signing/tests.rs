//! Keys and signed zones through the wire, and the life of their keys under a clock that is set.

use super::controller::Renew;
use super::{Phase, ZoneSigning, rotation, signatures};
use crate::KeySigningKey;
use crate::tests::{World, text};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use controlplane_services_kernel::{Context, Controller, Random};
use controlplane_services_kms::key::KeyState;
use controlplane_services_kms::{KmsKey, P256Key};
use controlplane_types::dns::{Name, dnssec};
use controlplane_types::{Key, Timestamp};
use serde_json::{Value, json};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);

impl World {
    /// A KMS key, by its ARN.
    fn kms_key(&mut self, id: &str) -> String {
        let seed = [id.as_bytes()[0]; 32];
        self.set_kms_key(id, KeyState::Enabled, &P256Key::generate(&mut Random::from_seed(seed)));
        format!("arn:aws:kms:us-east-1:123456789012:key/{id}")
    }

    fn set_kms_key(&mut self, id: &str, state: KeyState, pair: &P256Key) {
        let (pair, created_at) = (pair.clone(), self.now);
        let key = KmsKey { pair, description: String::new(), created_at, state };
        self.change(|cx| {
            cx.put(id, key);
            Ok(())
        })
        .unwrap();
    }

    fn disable_kms_key(&mut self, id: &str, state: KeyState) {
        let pair = self.view.all::<KmsKey>().find(|found| found.key.id() == id).unwrap().pair.clone();
        self.set_kms_key(id, state, &pair);
    }

    fn key(zone: &str, name: &str, arn: &str, status: &str) -> Value {
        json!({
            "CallerReference": name, "HostedZoneId": zone, "KeyManagementServiceArn": arn, "Name": name,
            "Status": status,
        })
    }

    /// A signed zone with one key, `first`, of the KMS key `a`.
    fn signed(&mut self) -> String {
        let zone = self.zone("example.com");
        self.sign(&zone);
        zone
    }

    /// Signs a zone with the KMS key `a`.
    pub(crate) fn sign(&mut self, zone: &str) {
        let arn = self.kms_key("a");
        self.ok("CreateKeySigningKey", Self::key(zone, "first", &arn, "ACTIVE"));
        self.ok("EnableHostedZoneDNSSEC", json!({"HostedZoneId": zone}));
    }

    fn signing(&self, zone: &str) -> ZoneSigning {
        let mut all = self.view.all::<ZoneSigning>();
        all.find(|found| found.key.id() == zone).unwrap().record.clone()
    }

    /// Every key of the zone's controller, run as the server would.
    fn tend(&mut self) -> Option<Timestamp> {
        let key = Renew::sweep(&self.view).pop().unwrap();
        let plan = Renew::plan(&self.view, &key, self.now);
        for intent in &plan.intents {
            assert!(intent.holds(&self.view));
            let revision = self.view.revision() + 1;
            let mut seed = [3; 32];
            seed[..8].copy_from_slice(&revision.to_le_bytes());
            let mut cx = Context::new(self.view.clone(), intent.caller.clone(), self.now, seed);
            intent.operation.run(&mut cx).unwrap();
            self.view.apply(revision, &cx.into_changes());
        }
        if plan.intents.is_empty() { plan.next_wake } else { self.tend() }
    }
}

/// Checks every signature; gives their spans of time by key tag.
#[track_caller]
fn verified(zone: &ZoneSigning) -> Vec<(u16, u32, u32)> {
    let name = Name::parse("example.com.").unwrap();
    let records: Vec<Vec<u8>> = zone.published.iter().map(|data| data.to_vec()).collect();
    let number = |data: &[u8], at: usize| u32::from_be_bytes(data[at..at + 4].try_into().unwrap());
    let check = |data: &[u8]| {
        let key_tag = u16::from_be_bytes([data[16], data[17]]);
        let covering = dnssec::Covering {
            owner: name.as_wire(),
            kind: dnssec::DNSKEY,
            ttl: 3600,
            inception: number(data, 12),
            expiration: number(data, 8),
            key_tag,
            signer: name.as_wire(),
        };
        let (said, signature) = data.split_at(data.len() - dnssec::LEN);
        assert_eq!(said, covering.data());
        let key = records.iter().find(|record| dnssec::key_tag(record) == key_tag).unwrap();
        assert_eq!(key[..2], [1, 1], "a key-signing key");
        let point = [&[4], &key[4..]].concat();
        let verifier = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
        verifier.verify(&covering.signed(records.clone()), signature).unwrap();
        (key_tag, covering.inception, covering.expiration)
    };
    zone.signatures.iter().map(|data| check(data)).collect()
}

#[test]
fn a_zone_is_signed_when_it_has_an_active_key_and_says_so() {
    let mut world = World::new();
    let zone = world.zone("example.com");
    let enable = json!({"HostedZoneId": zone});
    let status = |world: &mut World| world.ok("GetDNSSEC", json!({"HostedZoneId": zone}));
    assert_eq!(status(&mut world)["Status"]["ServeSignature"], "NOT_SIGNING");
    assert_eq!(
        world.fails("EnableHostedZoneDNSSEC", enable.clone()),
        "KeySigningKeyWithActiveStatusNotFound"
    );
    assert_eq!(world.fails("DisableHostedZoneDNSSEC", enable.clone()), "DNSSECNotFound");
    let arn = world.kms_key("a");
    let made = world.ok("CreateKeySigningKey", World::key(&zone, "first", &arn, "INACTIVE"));
    assert_eq!(made["ChangeInfo"]["Status"], "PENDING");
    assert_eq!(text(&made["Location"]), format!("/2013-04-01/keysigningkey/{zone}/first"));
    assert_eq!(
        world.fails("EnableHostedZoneDNSSEC", enable.clone()),
        "KeySigningKeyWithActiveStatusNotFound"
    );
    world.ok("ActivateKeySigningKey", json!({"HostedZoneId": zone, "Name": "first"}));
    world.ok("EnableHostedZoneDNSSEC", enable.clone());
    let before = world.signing(&zone);
    world.ok("EnableHostedZoneDNSSEC", enable.clone());
    assert_eq!(world.signing(&zone), before, "twice is once");

    let shown = status(&mut world);
    assert_eq!(shown["Status"]["ServeSignature"], "SIGNING");
    let key = &shown["KeySigningKeys"][0];
    for (member, expected) in [
        ("Name", json!("first")),
        ("KmsArn", json!(arn)),
        ("Flag", json!(257)),
        ("SigningAlgorithmMnemonic", json!("ECDSAP256SHA256")),
        ("SigningAlgorithmType", json!(13)),
        ("DigestAlgorithmMnemonic", json!("SHA-256")),
        ("DigestAlgorithmType", json!(2)),
        ("Status", json!("ACTIVE")),
    ] {
        assert_eq!(key[member], expected, "{member}");
    }
    let tag = key["KeyTag"].as_u64().unwrap();
    assert_eq!(text(&key["DSRecord"]), format!("{tag} 13 2 {}", text(&key["DigestValue"])));
    assert_eq!(text(&key["DNSKEYRecord"]), format!("257 3 13 {}", text(&key["PublicKey"])));
    assert_eq!(text(&key["DigestValue"]).len(), 64);
    assert!(verified(&before).iter().all(|(signer, ..)| u64::from(*signer) == tag));

    assert_eq!(world.fails("DeleteHostedZone", json!({"Id": zone})), "HostedZoneNotEmpty");
    world.ok("DisableHostedZoneDNSSEC", enable);
    assert_eq!(status(&mut world)["Status"]["ServeSignature"], "NOT_SIGNING");
    world.ok("DeleteHostedZone", json!({"Id": zone}));
    assert_eq!(world.view.all::<KeySigningKey>().count(), 0, "its keys go with it");
}

#[test]
fn keys_are_refused_with_awss_codes_and_nothing_changes() {
    let mut world = World::new();
    let zone = world.zone("example.com");
    let (arn, other) = (world.kms_key("a"), world.kms_key("b"));
    world.ok("CreateKeySigningKey", World::key(&zone, "first", &arn, "INACTIVE"));
    let elsewhere = arn.replace("123456789012", "999999999999");
    world.kms_key("off");
    world.disable_kms_key("off", KeyState::Disabled);
    let size = world.size();
    for (name, arn, status, code) in [
        ("a-b", &other, "ACTIVE", "InvalidKeySigningKeyName"),
        ("second", &other, "ACTION", "InvalidKeySigningKeyStatus"),
        ("second", &elsewhere, "ACTIVE", "InvalidKMSArn"),
        ("second", &arn.replace("key/a", "key/off"), "ACTIVE", "InvalidKMSArn"),
        ("second", &"alias/a".to_owned(), "ACTIVE", "InvalidKMSArn"),
        ("first", &other, "ACTIVE", "KeySigningKeyAlreadyExists"),
        ("second", &arn, "ACTIVE", "KeySigningKeyAlreadyExists"),
    ] {
        assert_eq!(world.fails("CreateKeySigningKey", World::key(&zone, name, arn, status)), code, "{name}");
    }
    let nowhere = World::key("ZNOWHERE", "second", &other, "ACTIVE");
    assert_eq!(world.fails("CreateKeySigningKey", nowhere), "NoSuchHostedZone");
    assert_eq!(world.size(), size);
    world.ok("CreateKeySigningKey", World::key(&zone, "second", &other, "INACTIVE"));
    let third = world.kms_key("c");
    let third = World::key(&zone, "third", &third, "INACTIVE");
    assert_eq!(world.fails("CreateKeySigningKey", third), "TooManyKeySigningKeys");
    for action in ["ActivateKeySigningKey", "DeactivateKeySigningKey", "DeleteKeySigningKey"] {
        let unknown = json!({"HostedZoneId": zone, "Name": "nobody"});
        assert_eq!(world.fails(action, unknown), "NoSuchKeySigningKey");
    }
}

#[test]
fn the_last_active_key_stays_and_another_takes_over() {
    let mut world = World::new();
    let zone = world.signed();
    let named = |name: &str| json!({"HostedZoneId": zone, "Name": name});
    assert_eq!(world.fails("DeactivateKeySigningKey", named("first")), "KeySigningKeyInUse");
    assert_eq!(world.fails("DeleteKeySigningKey", named("first")), "InvalidKeySigningKeyStatus");
    let other = world.kms_key("b");
    world.ok("CreateKeySigningKey", World::key(&zone, "second", &other, "ACTIVE"));
    let both = world.signing(&zone);
    assert_eq!((both.published.len(), verified(&both).len()), (3, 2 * signatures::AHEAD as usize));
    world.ok("DeactivateKeySigningKey", named("first"));
    let one = world.signing(&zone);
    assert_eq!((one.published.len(), verified(&one).len()), (2, signatures::AHEAD as usize));
    world.ok("DeleteKeySigningKey", named("first"));
    assert_eq!(
        world.ok("GetDNSSEC", json!({"HostedZoneId": zone}))["KeySigningKeys"].as_array().unwrap().len(),
        1
    );
}

#[test]
fn a_key_named_in_the_parent_zone_stays() {
    let mut world = World::new();
    let parent = world.zone("example.com");
    let zone = world.zone("sub.example.com");
    let arn = world.kms_key("a");
    let made = world.ok("CreateKeySigningKey", World::key(&zone, "first", &arn, "ACTIVE"));
    world.ok("EnableHostedZoneDNSSEC", json!({"HostedZoneId": zone}));
    let ds = text(&made["KeySigningKey"]["DSRecord"]);
    let set = |kind: &str, value: &str| json!({"Name": "sub.example.com", "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": value}]});
    let sets = [("CREATE", set("NS", "ns.example.net")), ("CREATE", set("DS", &ds.to_lowercase()))];
    world.batch(&parent, &sets).unwrap();
    let disable = json!({"HostedZoneId": zone});
    assert_eq!(world.fails("DisableHostedZoneDNSSEC", disable.clone()), "KeySigningKeyInParentDSRecord");
    let other = world.kms_key("b");
    world.ok("CreateKeySigningKey", World::key(&zone, "second", &other, "ACTIVE"));
    let first = json!({"HostedZoneId": zone, "Name": "first"});
    assert_eq!(world.fails("DeactivateKeySigningKey", first.clone()), "KeySigningKeyInParentDSRecord");
    world.batch(&parent, &[("DELETE", set("DS", &ds.to_lowercase()))]).unwrap();
    world.ok("DeactivateKeySigningKey", first);
    world.ok("DisableHostedZoneDNSSEC", disable);
}

#[test]
fn without_its_kms_key_a_zone_needs_action_and_goes_on_afterwards() {
    let mut world = World::new();
    let zone = world.signed();
    let before = world.signing(&zone);
    world.disable_kms_key("a", KeyState::Disabled);
    let shown = world.ok("GetDNSSEC", json!({"HostedZoneId": zone}));
    assert_eq!(shown["Status"]["ServeSignature"], "ACTION_NEEDED");
    assert_eq!(shown["KeySigningKeys"][0]["Status"], "ACTION_NEEDED");
    world.now = world.now + DAY * 40;
    assert_eq!(world.tend(), None, "nobody can do anything");
    assert_eq!(world.signing(&zone), before);
    let kms_key = world.view.all::<KmsKey>().next().unwrap().key.clone();
    let concerned: Vec<Key> = Renew::concerned(&world.view, &kms_key);
    assert_eq!(concerned, Renew::sweep(&world.view), "the KMS key leads to the zone");
    world.disable_kms_key("a", KeyState::Enabled);
    assert!(world.tend().is_some());
    assert_ne!(world.signing(&zone), before);
}

#[test]
fn there_is_a_valid_signature_at_any_time_for_a_fortnight() {
    let mut world = World::new();
    let zone = world.signed();
    let start = world.now.as_secs() as u32;
    let spans = verified(&world.signing(&zone));
    assert_eq!(spans.len(), signatures::AHEAD as usize);
    for hour in 0..14 * 24 {
        let now = start + hour * 3600;
        // What a DNS server gives out is the one that began last; it outlives the hour the keys may be kept.
        let given = spans.iter().rev().find(|(_, since, _)| *since <= now).unwrap();
        assert!(given.2 > now + 3600, "after {hour} hours");
    }
    let mut wakes = Vec::new();
    for _ in 0..6 {
        let next = world.tend().unwrap();
        wakes.push(next.since(world.now));
        world.now = next;
    }
    assert!(wakes[1..].iter().all(|wait| *wait <= DAY * 7), "{wakes:?}");
}

#[test]
fn zone_signing_keys_replace_each_other_without_a_gap() {
    let mut world = World::new();
    let zone = world.signed();
    let begun = world.now;
    // Public halves, in the order in which they signed, with when they began to; and when each was published first and last.
    let mut signers: Vec<(Vec<u8>, Timestamp)> = Vec::new();
    let mut published: Vec<(Vec<u8>, Timestamp, Timestamp)> = Vec::new();
    while world.now < begun + DAY * 200 {
        let next = world.tend().unwrap();
        assert!(next > world.now, "it settles");
        let signing = world.signing(&zone);
        verified(&signing);
        let active: Vec<Vec<u8>> = signing
            .keys
            .iter()
            .filter(|key| key.phase == Phase::Active)
            .map(|key| key.pair.public().to_vec())
            .collect();
        assert_eq!(active.len(), 1);
        if signers.last().is_none_or(|(last, _)| *last != active[0]) {
            signers.push((active[0].clone(), world.now));
        }
        assert!(signing.keys.len() <= 2);
        for data in signing.published.iter().filter(|data| data[1] == 0) {
            let key = data[4..].to_vec();
            match published.iter_mut().find(|(known, ..)| *known == key) {
                Some((.., last)) => *last = next,
                None => published.push((key, world.now, next)),
            }
        }
        world.now = next;
    }
    assert!((200 / 31..=200 / 7).contains(&signers.len()), "{} keys in 200 days", signers.len());
    for pair in signers.windows(2) {
        let ((old, since), (new, until)) = (&pair[0], &pair[1]);
        let signed = until.since(*since);
        assert!(
            signed >= rotation::SHORTEST && signed <= rotation::LONGEST + rotation::AHEAD + DAY,
            "{signed:?}"
        );
        let span = |key: &Vec<u8>| published.iter().find(|(known, ..)| known == key).unwrap();
        assert!(until.since(span(new).1) >= rotation::AHEAD, "published before it signs");
        assert!(span(old).2.since(*until) >= rotation::BEHIND, "published after");
    }
}
