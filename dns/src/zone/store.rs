//! Everything the feed has told, by zone: what the disk keeps and what snapshots are compiled from.

use super::{Name, Signing, SigningError, TreeKey, Zone};
use controlplane_proto::dns as proto;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Record sets in one message of [`Store::to_messages`].
const PIECE: usize = 4096;

/// Where in the history of which cluster this server stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Empty while nothing is held.
    pub cluster: String,
    /// Rises when a cluster is restored from a backup.
    pub incarnation: u64,
    /// Log index of the newest change.
    pub generation: u64,
}

/// Why a message of the feed is refused; nothing of it is taken.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum FeedError {
    /// A delta that does not extend what is held: a snapshot is needed.
    #[error("the delta extends generation {base}, held is {held}")]
    Gap {
        /// What the delta extends.
        base: u64,
        /// What is held.
        held: u64,
    },
    /// The sender is behind what this server has already served.
    #[error("generation {incarnation}/{generation} is older than the one held")]
    Older {
        /// The sender's incarnation.
        incarnation: u64,
        /// The sender's generation.
        generation: u64,
    },
    /// A message without a cluster.
    #[error("the message names no cluster")]
    NoCluster,
    /// A zone or set whose name is no domain name.
    #[error("{0:?} is no domain name")]
    Name(String),
    /// A record set without a key.
    #[error("a record set has no key")]
    NoKey,
    /// A record set of a zone that was never sent.
    #[error("zone {0:?} was never sent")]
    UnknownZone(String),
    /// Keys a zone cannot be signed with. Served without signatures it would be taken for a forgery.
    #[error("zone {zone:?} cannot be signed with what was sent")]
    Signing {
        /// The zone's id.
        zone: String,
        /// What is wrong.
        #[source]
        source: SigningError,
    },
    /// A record set outside its zone.
    #[error("{name:?} lies outside zone {zone:?}")]
    Outside {
        /// The set's name.
        name: String,
        /// The zone's id.
        zone: String,
    },
}

/// What a message changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Zones to compile from the start, or to drop if they are no longer held.
    pub zones: BTreeSet<String>,
    /// Names to compile again, by zone; some perhaps more than once.
    pub names: BTreeMap<String, Vec<TreeKey>>,
    /// CIDR collections that are new, changed or gone.
    pub collections: BTreeSet<String>,
    /// Whether any query log is new, changed or gone.
    pub query_logs: bool,
}

impl Changes {
    fn of_name(&mut self, zone: &str, place: TreeKey) {
        match self.names.get_mut(zone) {
            Some(places) => places.push(place),
            None => drop(self.names.insert(zone.to_owned(), vec![place])),
        }
    }
}

/// Zones, health checks, CIDR collections and peers at one position.
#[derive(Clone, Debug, Default)]
pub struct Store {
    /// Where this state stands.
    pub position: Position,
    /// Zones by id.
    pub zones: BTreeMap<String, Zone>,
    /// Health checks by id.
    pub checks: BTreeMap<String, proto::HealthCheck>,
    /// CIDR collections by id.
    pub collections: BTreeMap<String, proto::CidrCollection>,
    /// Query logs by id.
    pub query_logs: BTreeMap<String, proto::QueryLog>,
    /// Every DNS server by name.
    pub peers: BTreeMap<String, proto::Peer>,
}

impl Store {
    /// Takes a snapshot or a delta, all or nothing: everything that can be wrong is found while planning.
    pub fn apply(&mut self, message: proto::FeedMessage) -> Result<Changes, FeedError> {
        self.check_position(&message)?;
        if message.base != 0 {
            return Ok(self.carry_out(Plan::new(&self.zones, message)?));
        }
        let mut next = Store::default();
        let mut changes = next.carry_out(Plan::new(&next.zones, message)?);
        changes.zones = self.differing(&next);
        changes.collections = self.differing_collections(&next);
        changes.query_logs = self.query_logs != next.query_logs;
        changes.names.clear();
        *self = next;
        Ok(changes)
    }

    fn check_position(&self, message: &proto::FeedMessage) -> Result<(), FeedError> {
        let held = &self.position;
        let (incarnation, generation) = (message.incarnation, message.generation);
        if message.cluster_id.is_empty() {
            return Err(FeedError::NoCluster);
        }
        let same = held.cluster == message.cluster_id;
        if same && (incarnation, generation) < (held.incarnation, held.generation) {
            return Err(FeedError::Older { incarnation, generation });
        }
        let extends = same && incarnation == held.incarnation && message.base == held.generation;
        if message.base != 0 && !extends {
            return Err(FeedError::Gap { base: message.base, held: held.generation });
        }
        Ok(())
    }

    /// Ids of zones that are not the same in both.
    fn differing(&self, other: &Store) -> BTreeSet<String> {
        let ids: BTreeSet<&String> = self.zones.keys().chain(other.zones.keys()).collect();
        ids.into_iter().filter(|id| self.zones.get(*id) != other.zones.get(*id)).cloned().collect()
    }

    /// Ids of CIDR collections that are not the same in both.
    fn differing_collections(&self, other: &Store) -> BTreeSet<String> {
        let ids = self.collections.keys().chain(other.collections.keys());
        ids.filter(|id| self.collections.get(*id) != other.collections.get(*id)).cloned().collect()
    }

    fn carry_out(&mut self, plan: Plan) -> Changes {
        let Plan { zones, removed, sets, rest } = plan;
        let mut changes = Changes::default();
        self.position = Position {
            cluster: rest.cluster_id.clone(),
            incarnation: rest.incarnation,
            generation: rest.generation,
        };
        for id in &rest.removed_zones {
            self.zones.remove(id);
            changes.zones.insert(id.clone());
        }
        zones.into_iter().for_each(|(id, zone)| self.put_zone(id, zone, &mut changes));
        removed.into_iter().for_each(|(place, key)| self.remove_set(place, &key, &mut changes));
        sets.into_iter().for_each(|(place, set)| self.put_set(place, set, &mut changes));
        self.carry_out_checks(&rest);
        self.carry_out_collections(&rest, &mut changes);
        self.carry_out_query_logs(&rest, &mut changes);
        changes
    }

    fn put_zone(&mut self, id: String, planned: PlannedZone, changes: &mut Changes) {
        let PlannedZone { name, signing, serial } = planned;
        if self.zones.get(&id).is_none_or(|held| held.name != name) {
            self.zones.insert(id.clone(), Zone::new(name));
            changes.zones.insert(id.clone());
        }
        let differs = |zone: &&mut Zone| (&zone.signing, zone.serial) != (&signing, serial);
        if let Some(zone) = self.zones.get_mut(&id).filter(differs) {
            (zone.signing, zone.serial) = (signing, serial);
            // Only what every compilation of a zone looks at anew.
            changes.names.entry(id).or_default();
        }
    }

    fn carry_out_collections(&mut self, message: &proto::FeedMessage, changes: &mut Changes) {
        for id in &message.removed_cidr_collections {
            self.collections.remove(id);
            changes.collections.insert(id.clone());
        }
        for collection in &message.cidr_collections {
            self.collections.insert(collection.id.clone(), collection.clone());
            changes.collections.insert(collection.id.clone());
        }
    }

    fn carry_out_query_logs(&mut self, message: &proto::FeedMessage, changes: &mut Changes) {
        self.query_logs.retain(|id, _| !message.removed_query_logs.contains(id));
        self.query_logs.extend(message.query_logs.iter().map(|log| (log.id.clone(), log.clone())));
        changes.query_logs = !message.query_logs.is_empty() || !message.removed_query_logs.is_empty();
    }

    fn carry_out_checks(&mut self, message: &proto::FeedMessage) {
        self.checks.retain(|id, _| !message.removed_health_checks.contains(id));
        self.checks.extend(message.health_checks.iter().map(|check| (check.id.clone(), check.clone())));
        // A delta without peers says nothing about them: there is always at least this server.
        if message.base == 0 || !message.peers.is_empty() {
            let peers = message.peers.iter();
            self.peers = peers.map(|peer| (peer.server.clone(), peer.clone())).collect();
        }
    }

    fn put_set(&mut self, place: Place, set: proto::RecordSet, changes: &mut Changes) {
        let Some(zone) = self.zones.get_mut(&place.zone) else {
            return;
        };
        zone.nodes.entry(place.key.clone()).or_default().put(set);
        changes.of_name(&place.zone, place.key);
    }

    fn remove_set(&mut self, place: Place, key: &proto::RecordSetKey, changes: &mut Changes) {
        let Some(zone) = self.zones.get_mut(&place.zone) else {
            return;
        };
        if let Some(sets) = zone.nodes.get_mut(&place.key) {
            sets.remove(key);
            if sets.is_empty() {
                zone.nodes.remove(&place.key);
            }
        }
        changes.of_name(&place.zone, place.key);
    }

    /// The whole store: a snapshot without record sets, then those as deltas that change no generation.
    pub fn to_messages(&self) -> impl Iterator<Item = proto::FeedMessage> {
        let mut sets = self.zones.iter().flat_map(|(id, zone)| record_sets(id, zone));
        let pieces = std::iter::from_fn(move || {
            let record_sets: Vec<_> = sets.by_ref().take(PIECE).collect();
            (!record_sets.is_empty()).then(|| proto::FeedMessage {
                base: self.position.generation,
                record_sets,
                ..self.at_position()
            })
        });
        std::iter::once(self.without_sets()).chain(pieces)
    }

    fn at_position(&self) -> proto::FeedMessage {
        proto::FeedMessage {
            cluster_id: self.position.cluster.clone(),
            incarnation: self.position.incarnation,
            generation: self.position.generation,
            ..Default::default()
        }
    }

    fn without_sets(&self) -> proto::FeedMessage {
        let zone = |(id, zone): (&String, &Zone)| proto::Zone {
            id: id.clone(),
            name: zone.name.to_string(),
            signing: zone.signing.as_ref().map(|signing| signing.given().clone()),
            serial: zone.serial,
        };
        proto::FeedMessage {
            zones: self.zones.iter().map(zone).collect(),
            health_checks: self.checks.values().cloned().collect(),
            peers: self.peers.values().cloned().collect(),
            cidr_collections: self.collections.values().cloned().collect(),
            query_logs: self.query_logs.values().cloned().collect(),
            ..self.at_position()
        }
    }
}

/// Every set of a zone with its whole key.
fn record_sets(id: &str, zone: &Zone) -> impl Iterator<Item = proto::RecordSet> {
    zone.nodes.iter().flat_map(move |(key, sets)| {
        let name = key.name().map(|name| name.to_string()).unwrap_or_default();
        sets.iter().map(move |mut set| {
            if let Some(key) = &mut set.key {
                (key.zone_id, key.name) = (id.to_owned(), name.clone());
            }
            set
        })
    })
}

/// A message with everything in it checked against the zones it will meet.
struct Plan {
    /// By id.
    zones: BTreeMap<String, PlannedZone>,
    removed: Vec<(Place, proto::RecordSetKey)>,
    sets: Vec<(Place, proto::RecordSet)>,
    /// What of the message stands as it came.
    rest: proto::FeedMessage,
}

/// A zone that is new or changed, without its sets.
struct PlannedZone {
    name: Name,
    signing: Option<Arc<Signing>>,
    serial: u32,
}

/// Where a record set belongs.
struct Place {
    zone: String,
    key: TreeKey,
}

impl Plan {
    fn new(held: &BTreeMap<String, Zone>, mut message: proto::FeedMessage) -> Result<Self, FeedError> {
        let zones = std::mem::take(&mut message.zones).into_iter().map(PlannedZone::new);
        let zones = zones.collect::<Result<BTreeMap<_, _>, FeedError>>()?;
        let removed = std::mem::take(&mut message.removed_record_sets);
        let sets = std::mem::take(&mut message.record_sets);
        let apex = |id: &str| {
            let held = held.get(id).filter(|_| !message.removed_zones.iter().any(|removed| removed == id));
            zones.get(id).map(|zone| &zone.name).or(held.map(|zone| &zone.name))
        };
        let place = |key: &mut proto::RecordSetKey| {
            let zone = std::mem::take(&mut key.zone_id);
            match apex(&zone) {
                Some(apex) => Place::new(zone, &key.name, apex),
                None => Err(FeedError::UnknownZone(zone)),
            }
        };
        // Sets of a zone that is gone are gone with it.
        let removed = removed.into_iter().filter(|key| apex(&key.zone_id).is_some());
        let removed = removed.map(|mut key| Ok((place(&mut key)?, key))).collect::<Result<_, FeedError>>()?;
        let sets = sets.into_iter().map(|mut set| {
            let key = set.key.as_mut().ok_or(FeedError::NoKey)?;
            Ok((place(key)?, set))
        });
        let sets = sets.collect::<Result<_, FeedError>>()?;
        Ok(Self { zones, removed, sets, rest: message })
    }
}

impl PlannedZone {
    /// Its id and what it holds.
    fn new(zone: proto::Zone) -> Result<(String, Self), FeedError> {
        let name = parse_name(&zone.name)?;
        let signing = zone.signing.as_ref().map(|given| Signing::new(given, &name)).transpose();
        let refused = |source| FeedError::Signing { zone: zone.id.clone(), source };
        let signing = signing.map_err(refused)?.map(Arc::new);
        Ok((zone.id, Self { name, signing, serial: zone.serial }))
    }
}

impl Place {
    fn new(zone: String, name: &str, apex: &Name) -> Result<Self, FeedError> {
        let parsed = parse_name(name)?;
        if !parsed.is_within(apex) {
            return Err(FeedError::Outside { name: name.to_owned(), zone });
        }
        Ok(Self { zone, key: TreeKey::new(&parsed) })
    }
}

fn parse_name(text: &str) -> Result<Name, FeedError> {
    Name::parse(text).map_err(|_| FeedError::Name(text.to_owned()))
}
