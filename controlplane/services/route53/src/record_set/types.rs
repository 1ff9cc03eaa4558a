use controlplane_services_kernel::{Reader, Record, Stored};
use controlplane_types::Key;
use controlplane_types::dns::Name;
use minicbor::{Decode, Encode};

/// Sorts below every character a name, type or identifier can hold.
const SEPARATOR: char = ' ';

/// Tally: how many sets a zone has.
pub(crate) const IN_ZONE: &str = "in_zone";

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
}

/// Values and how long they may be kept.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Content {
    /// Seconds.
    #[n(0)]
    pub ttl: u32,
    /// As given.
    #[n(1)]
    pub values: Vec<String>,
}

/// Routing policy of one set; all sets of a name and type have the same kind of policy.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum Policy {
    /// The only set of its name and type.
    #[n(0)]
    Simple,
    /// Chosen in proportion to its weight.
    #[n(1)]
    Weighted {
        /// 0 to 255.
        #[n(0)]
        weight: u8,
    },
    /// One of a pair.
    #[n(2)]
    Failover {
        /// `PRIMARY`, else `SECONDARY`.
        #[n(0)]
        primary: bool,
    },
    /// One of up to eight healthy ones.
    #[n(3)]
    Multivalue,
}

impl Policy {
    /// The word Route 53's messages use.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Simple => "simple",
            Self::Weighted { .. } => "weighted",
            Self::Failover { .. } => "failover",
            Self::Multivalue => "multivalue answer",
        }
    }

    /// Whether two sets of one name and type may have these policies.
    pub fn same_kind(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

impl Record for RecordSet {
    const KIND: &'static str = "record_set";
    const GLOBAL: bool = true;

    /// A zone may hold ten thousand, and every change asks how many there are.
    fn tally(&self, add: &mut dyn FnMut(&'static str, &str, i64)) {
        add(IN_ZONE, &self.zone_id, 1);
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
