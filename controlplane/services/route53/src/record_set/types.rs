use super::Policy;
use controlplane_services_kernel::{Reader, Record, Stored};
use controlplane_types::Key;
use controlplane_types::dns::Name;
use minicbor::{Decode, Encode};

/// Sorts below every character a name, type or identifier can hold.
const SEPARATOR: char = ' ';

/// What the names of sets below the root of a traffic policy instance begin with.
pub(crate) const GENERATED: &str = "_traffic-policy-";

/// Tally: how many sets a zone has.
pub(crate) const IN_ZONE: &str = "in_zone";

/// Index: sets of a traffic policy instance.
pub(crate) const OF_INSTANCE: &str = "of_traffic_policy_instance";

/// Index: sets that route by a CIDR collection.
pub(crate) const OF_COLLECTION: &str = "of_cidr_collection";

/// A record set. Id: zone, reversed name, type and set identifier, in listing order.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct RecordSet {
    /// Zone it belongs to.
    #[n(0)]
    pub zone_id: String,
    /// As Route 53 prints it: lower case, escaped, trailing dot.
    #[n(1)]
    pub name: String,
    /// `A`, `MX`, ...
    #[n(2)]
    pub kind: String,
    /// For every policy but simple.
    #[n(3)]
    pub set_identifier: Option<String>,
    /// What is answered.
    #[n(4)]
    pub content: Content,
    /// When it is answered.
    #[n(5)]
    pub policy: Policy,
    /// Whether it may be answered.
    #[n(6)]
    pub health_check_id: Option<String>,
    /// The traffic policy instance that made it: the root of its tree, which has the instance's name, or a set below.
    #[n(7)]
    pub traffic_policy_instance_id: Option<String>,
}

/// Values and how long they may be kept, or an alias: no values of its own then, and no time to live.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Content {
    /// Seconds.
    #[n(0)]
    pub ttl: u32,
    /// As given.
    #[n(1)]
    pub values: Vec<String>,
    /// Answered with other sets of the zone.
    #[n(2)]
    pub alias: Option<Alias>,
}

impl Content {
    /// Values of the set itself.
    pub fn of_values(ttl: u32, values: Vec<String>) -> Self {
        Self { ttl, values, alias: None }
    }

    /// The values of other sets.
    pub fn of_alias(alias: Alias) -> Self {
        Self { ttl: 0, values: Vec::new(), alias: Some(alias) }
    }
}

/// The sets of this name, of the alias's own type and zone.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Alias {
    /// As Route 53 prints it.
    #[n(0)]
    pub name: String,
    /// Whether the alias is as healthy as they are.
    #[n(1)]
    pub evaluate_target_health: bool,
}

impl Record for RecordSet {
    const KIND: &'static str = "record_set";
    const GLOBAL: bool = true;

    /// A zone may hold ten thousand, and every change asks how many there are. What a traffic policy instance keeps below its
    /// root is no set of its owner's.
    fn tally(&self, add: &mut dyn FnMut(&'static str, &str, i64)) {
        if !self.is_generated() {
            add(IN_ZONE, &self.zone_id, 1);
        }
    }

    fn index(&self, add: &mut dyn FnMut(&'static str, &str)) {
        if let Some(instance) = &self.traffic_policy_instance_id {
            add(OF_INSTANCE, instance);
        }
        if let Policy::Cidr { collection_id, .. } = &self.policy {
            add(OF_COLLECTION, collection_id);
        }
    }
}

impl RecordSet {
    /// Id of the set with this identity.
    pub fn id_of(zone_id: &str, name: &Name, kind: &str, set_identifier: Option<&str>) -> String {
        let (reversed, identifier) = (name.listing_key(), set_identifier.unwrap_or_default());
        format!("{zone_id}{SEPARATOR}{reversed}{SEPARATOR}{kind}{SEPARATOR}{identifier}")
    }

    /// Where a listing from this name and type begins.
    pub fn start_of(zone_id: &str, name: &Name, kind: Option<&str>, set_identifier: Option<&str>) -> String {
        let mut start = format!("{zone_id}{SEPARATOR}{}{SEPARATOR}", name.listing_key());
        if let Some(kind) = kind {
            start.push_str(kind);
            start.push(SEPARATOR);
            start.push_str(set_identifier.unwrap_or_default());
        }
        start
    }

    /// Id of this set.
    pub fn id(&self) -> String {
        // The name was parsed when the set was made; the root stands for what cannot be.
        let name = Name::parse(&self.name).or_else(|_| Name::parse("."));
        name.map(|name| Self::id_of(&self.zone_id, &name, &self.kind, self.set_identifier.as_deref()))
            .unwrap_or_default()
    }

    /// Whether it stands below the root of a traffic policy instance, where only the instance changes anything.
    pub fn is_generated(&self) -> bool {
        self.traffic_policy_instance_id.is_some() && self.name.starts_with(GENERATED)
    }

    /// Whether it is the set that a traffic policy instance answers its own name with.
    pub fn is_root(&self) -> bool {
        self.traffic_policy_instance_id.is_some() && !self.is_generated()
    }

    /// Sets of a zone from `start` on, in listing order.
    pub fn of_zone_from<'r>(
        zone_id: &str,
        start: &str,
        reader: &'r Reader,
    ) -> impl Iterator<Item = Stored<'r, Self>> + use<'r> {
        let prefix = format!("{zone_id}{SEPARATOR}");
        reader.list_from::<Self>(start).take_while(move |set| set.key.id().starts_with(&prefix))
    }

    /// Every set of a zone, in listing order.
    pub fn of_zone<'r>(
        zone_id: &str,
        reader: &'r Reader,
    ) -> impl Iterator<Item = Stored<'r, Self>> + use<'r> {
        Self::of_zone_from(zone_id, &format!("{zone_id}{SEPARATOR}"), reader)
    }

    /// Every set of one name.
    pub fn of_name<'r>(
        zone_id: &str,
        name: &Name,
        reader: &'r Reader,
    ) -> impl Iterator<Item = Stored<'r, Self>> + use<'r> {
        let start = Self::start_of(zone_id, name, None, None);
        let prefix = start.clone();
        reader.list_from::<Self>(&start).take_while(move |set| set.key.id().starts_with(&prefix))
    }

    /// Zone, reversed name, type and set identifier (empty for none) out of a key of this kind.
    pub fn identity_of(key: &Key) -> Option<(&str, &str, &str, &str)> {
        let mut parts = key.id().splitn(4, SEPARATOR);
        Some((parts.next()?, parts.next()?, parts.next()?, parts.next()?))
    }
}
