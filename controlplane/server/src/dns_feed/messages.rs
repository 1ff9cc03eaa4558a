//! From records to feed messages.

use super::{FeedSettings, routing};
use controlplane_proto::cluster::Servers;
use controlplane_proto::dns::{
    self, CidrLocation, FeedMessage, LatencyTable, NodeVotesTable, Peer, Question, RecordSetKey,
};
use controlplane_services_kernel::{Record, View};
use controlplane_services_native::DnsServer;
use controlplane_services_route53::health_check::CheckKind;
use controlplane_services_route53::zone_signing::KEYS_TTL;
use controlplane_services_route53::{
    Change, CidrCollection, HealthCheck, HostedZone, QueryLoggingConfig, RecordSet, ZoneSigning,
};
use controlplane_types::Key;
use controlplane_types::dns::Name;
use std::collections::BTreeSet;

/// Whether the DNS servers have to hear of a commit that touched this key. A change's own record counts: its
/// acknowledgement is what makes it `INSYNC`.
pub(super) fn concerns(key: &Key) -> bool {
    let kinds = [
        HostedZone::KIND,
        ZoneSigning::KIND,
        RecordSet::KIND,
        HealthCheck::KIND,
        CidrCollection::KIND,
        QueryLoggingConfig::KIND,
        Change::KIND,
        DnsServer::KIND,
    ];
    kinds.contains(&key.kind())
}

/// Where a DNS server shall go on.
pub(super) fn not_leading(servers: Servers) -> FeedMessage {
    FeedMessage { servers: Some(servers), not_leading: true, ..FeedMessage::default() }
}

/// Somebody asks about the DNS server itself.
pub(super) fn question(question: Question) -> FeedMessage {
    FeedMessage { question: Some(question), ..FeedMessage::default() }
}

/// What the DNS servers measured.
pub(super) fn latencies(table: &LatencyTable) -> FeedMessage {
    FeedMessage { latencies: Some(table.clone()), ..FeedMessage::default() }
}

/// What the nodes say of checks of VPCs.
pub(super) fn node_votes(table: &NodeVotesTable) -> FeedMessage {
    FeedMessage { node_votes: Some(table.clone()), ..FeedMessage::default() }
}

/// Everything but private zones.
pub(super) fn snapshot(settings: &FeedSettings, servers: Servers, view: &View) -> FeedMessage {
    FeedMessage {
        servers: Some(servers),
        zones: view
            .all::<HostedZone>()
            .filter(|found| !found.is_private())
            .map(|found| zone(settings, found.key, found.record, view))
            .collect(),
        record_sets: view
            .all::<RecordSet>()
            .filter(|found| !is_private(found.key, found.record, view))
            .map(|found| record_set(found.record))
            .collect(),
        health_checks: view.all::<HealthCheck>().map(|found| health_check(found.key, found.record)).collect(),
        cidr_collections: view
            .all::<CidrCollection>()
            .map(|found| cidr_collection(found.key, found.record))
            .collect(),
        query_logs: view
            .all::<QueryLoggingConfig>()
            .map(|found| query_log(found.key, found.record))
            .collect(),
        peers: peers(view),
        ..head(settings, view, 0)
    }
}

/// What became of `keys` since generation `base`.
pub(super) fn delta(settings: &FeedSettings, view: &View, base: u64, keys: &BTreeSet<Key>) -> FeedMessage {
    let mut message = FeedMessage { peers: peers(view), ..head(settings, view, base) };
    for key in keys {
        match key.kind() {
            HostedZone::KIND => match view.get::<HostedZone>(key) {
                Some(record) if record.is_private() => {}
                Some(record) => message.zones.push(zone(settings, key, record, view)),
                None => message.removed_zones.push(key.id().to_owned()),
            },
            // Part of what is said of its zone, which may be gone with it.
            ZoneSigning::KIND => {
                let zone_key = Key::new(&key.account(), &key.scope(), HostedZone::KIND, key.id());
                let record = view.get::<HostedZone>(&zone_key).filter(|_| !keys.contains(&zone_key));
                message.zones.extend(record.map(|record| zone(settings, &zone_key, record, view)));
            }
            RecordSet::KIND => match view.get::<RecordSet>(key) {
                Some(record) if is_private(key, record, view) => {}
                Some(record) => message.record_sets.push(record_set(record)),
                None => message.removed_record_sets.extend(removed_record_set(key)),
            },
            HealthCheck::KIND => match view.get::<HealthCheck>(key) {
                Some(record) => message.health_checks.push(health_check(key, record)),
                None => message.removed_health_checks.push(key.id().to_owned()),
            },
            CidrCollection::KIND => match view.get::<CidrCollection>(key) {
                Some(record) => message.cidr_collections.push(cidr_collection(key, record)),
                None => message.removed_cidr_collections.push(key.id().to_owned()),
            },
            QueryLoggingConfig::KIND => match view.get::<QueryLoggingConfig>(key) {
                Some(record) => message.query_logs.push(query_log(key, record)),
                None => message.removed_query_logs.push(key.id().to_owned()),
            },
            _ => {}
        }
    }
    message
}

fn head(settings: &FeedSettings, view: &View, base: u64) -> FeedMessage {
    FeedMessage {
        cluster_id: settings.cluster_id.clone(),
        incarnation: settings.incarnation,
        generation: view.revision(),
        base,
        ..FeedMessage::default()
    }
}

fn peers(view: &View) -> Vec<Peer> {
    let peers = view.all::<DnsServer>().map(|found| Peer {
        server: found.key.id().to_owned(),
        health_address: found.health_address.clone(),
        checker_region: found.checker_region.clone(),
    });
    peers.collect()
}

fn zone(settings: &FeedSettings, key: &Key, zone: &HostedZone, view: &View) -> dns::Zone {
    let signing_key = Key::new(&key.account(), &key.scope(), ZoneSigning::KIND, key.id());
    let signing = view.get::<ZoneSigning>(&signing_key).and_then(signing);
    let serial = told_serial(zone.serial(), settings.incarnation);
    dns::Zone { id: key.id().to_owned(), name: zone.name.clone(), signing, serial }
}

/// What is lost with a restore may have been told with any serial up to then, so from then on none below is told. The incarnation
/// is the time of the restore in milliseconds, and 1 if there was none.
fn told_serial(own: u32, incarnation: u64) -> u32 {
    let restored = (incarnation / 1000) as u32;
    // RFC 1982 section 3.2.
    let is_lower = restored != 0 && 0 < restored.wrapping_sub(own).cast_signed();
    if is_lower { restored } else { own }
}

/// What a zone is signed with. The private half of its zone-signing key goes along: the servers sign with it, and the feed is
/// for them alone. That of a key-signing key stays here.
fn signing(signing: &ZoneSigning) -> Option<dns::Signing> {
    let pair = &signing.active()?.pair;
    Some(dns::Signing {
        private_key: pair.private().to_vec(),
        public_key: pair.public().to_vec(),
        keys: signing.published.iter().map(|data| data.to_vec()).collect(),
        keys_ttl: KEYS_TTL,
        signatures: signing.signatures.iter().map(|data| data.to_vec()).collect(),
    })
}

/// Whether a set is of a zone that only VPCs are answered from. No DNS server hears of those.
fn is_private(key: &Key, set: &RecordSet, view: &View) -> bool {
    let zone = Key::new(&key.account(), &key.scope(), HostedZone::KIND, &set.zone_id);
    view.get::<HostedZone>(&zone).is_some_and(HostedZone::is_private)
}

/// A set as those are told who answer with it.
pub(crate) fn record_set(set: &RecordSet) -> dns::RecordSet {
    dns::RecordSet {
        key: Some(RecordSetKey {
            zone_id: set.zone_id.clone(),
            name: set.name.clone(),
            r#type: set.kind.clone(),
            set_identifier: set.set_identifier.clone().unwrap_or_default(),
        }),
        ttl: set.content.ttl,
        values: set.content.values.clone(),
        policy: Some(routing::policy(&set.policy)),
        health_check_id: set.health_check_id.clone().unwrap_or_default(),
        alias: set.content.alias.as_ref().map(routing::alias),
    }
}

/// The identity of a set that is gone, from its key.
fn removed_record_set(key: &Key) -> Option<RecordSetKey> {
    let (zone_id, reversed, kind, set_identifier) = RecordSet::identity_of(key)?;
    let forward: Vec<&str> = reversed.trim_end_matches('.').rsplit('.').collect();
    let name = Name::parse(&forward.join(".")).ok()?;
    Some(RecordSetKey {
        zone_id: zone_id.to_owned(),
        name: name.to_string(),
        r#type: kind.to_owned(),
        set_identifier: set_identifier.to_owned(),
    })
}

/// A check as those are told who probe it or decide it.
pub(crate) fn health_check(key: &Key, check: &HealthCheck) -> dns::HealthCheck {
    dns::HealthCheck {
        id: key.id().to_owned(),
        kind: health_check_kind(check.kind).into(),
        address: check.address.clone().unwrap_or_default(),
        port: check.port.into(),
        host: check.host.clone().unwrap_or_default(),
        path: check.path.clone().unwrap_or_default(),
        interval_seconds: check.interval_seconds,
        failure_threshold: check.failure_threshold,
        inverted: check.inverted,
        disabled: check.disabled,
        search_string: check.search_string.clone().unwrap_or_default(),
        enable_sni: check.enable_sni,
        measure_latency: check.measure_latency,
        regions: check.regions.iter().cloned().collect(),
        children: check.children.iter().cloned().collect(),
        health_threshold: check.health_threshold,
        vpc_id: check.vpc.as_ref().map(|vpc| vpc.id.clone()).unwrap_or_default(),
    }
}

fn health_check_kind(kind: CheckKind) -> dns::health_check::Kind {
    use controlplane_proto::dns::health_check::Kind;
    match kind {
        CheckKind::Http => Kind::Http,
        CheckKind::Tcp => Kind::Tcp,
        CheckKind::Https => Kind::Https,
        CheckKind::HttpStrMatch => Kind::HttpStrMatch,
        CheckKind::HttpsStrMatch => Kind::HttpsStrMatch,
        CheckKind::Calculated => Kind::Calculated,
    }
}

fn query_log(key: &Key, config: &QueryLoggingConfig) -> dns::QueryLog {
    dns::QueryLog {
        id: key.id().to_owned(),
        zone_id: config.zone_id.clone(),
        log_group: config.log_group.clone(),
    }
}

fn cidr_collection(key: &Key, collection: &CidrCollection) -> dns::CidrCollection {
    let locations = collection
        .locations
        .iter()
        .map(|(name, blocks)| CidrLocation { name: name.clone(), blocks: blocks.iter().cloned().collect() });
    dns::CidrCollection { id: key.id().to_owned(), locations: locations.collect() }
}

#[cfg(test)]
mod tests {
    use super::told_serial;

    #[test]
    fn a_restore_raises_the_serials_that_are_told() {
        // Own serial, incarnation, told serial.
        let cases = [
            (1_700_000_000, 1, 1_700_000_000),
            (2_400_000_000, 1, 2_400_000_000),
            (1_700_000_000, 1_700_000_009_999, 1_700_000_009),
            (1_700_000_010, 1_700_000_009_999, 1_700_000_010),
            // Beyond the end of 32 bits.
            (u32::MAX - 5, (1 << 32) * 1000 + 7_000, 7),
            (8, (1 << 32) * 1000 + 7_000, 8),
        ];
        for (own, incarnation, told) in cases {
            assert_eq!(told_serial(own, incarnation), told, "{own} {incarnation}");
        }
    }
}
