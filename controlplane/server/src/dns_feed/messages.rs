//! From records to feed messages.

use super::{FeedSettings, routing};
use controlplane_proto::cluster::Servers;
use controlplane_proto::dns::{self, CidrLocation, FeedMessage, Peer, Question, RecordSetKey};
use controlplane_services_kernel::{Record, View};
use controlplane_services_native::DnsServer;
use controlplane_services_route53::health_check::CheckKind;
use controlplane_services_route53::{Change, CidrCollection, HealthCheck, HostedZone, RecordSet};
use controlplane_types::Key;
use controlplane_types::dns::Name;
use std::collections::BTreeSet;

/// Whether the DNS servers have to hear of a commit that touched this key. A change's own record counts: its
/// acknowledgement is what makes it `INSYNC`.
pub(super) fn concerns(key: &Key) -> bool {
    let kinds = [
        HostedZone::KIND,
        RecordSet::KIND,
        HealthCheck::KIND,
        CidrCollection::KIND,
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

/// Everything.
pub(super) fn snapshot(settings: &FeedSettings, servers: Servers, view: &View) -> FeedMessage {
    FeedMessage {
        servers: Some(servers),
        zones: view.all::<HostedZone>().map(|found| zone(found.key, found.record)).collect(),
        record_sets: view.all::<RecordSet>().map(|found| record_set(found.record)).collect(),
        health_checks: view.all::<HealthCheck>().map(|found| health_check(found.key, found.record)).collect(),
        cidr_collections: view
            .all::<CidrCollection>()
            .map(|found| cidr_collection(found.key, found.record))
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
                Some(record) => message.zones.push(zone(key, record)),
                None => message.removed_zones.push(key.id().to_owned()),
            },
            RecordSet::KIND => match view.get::<RecordSet>(key) {
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

fn zone(key: &Key, zone: &HostedZone) -> dns::Zone {
    dns::Zone { id: key.id().to_owned(), name: zone.name.clone() }
}

fn record_set(set: &RecordSet) -> dns::RecordSet {
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

fn health_check(key: &Key, check: &HealthCheck) -> dns::HealthCheck {
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

fn cidr_collection(key: &Key, collection: &CidrCollection) -> dns::CidrCollection {
    let locations = collection
        .locations
        .iter()
        .map(|(name, blocks)| CidrLocation { name: name.clone(), blocks: blocks.iter().cloned().collect() });
    dns::CidrCollection { id: key.id().to_owned(), locations: locations.collect() }
}
