//! One record set of the feed, read: policy, content, and the health check it hangs on.

use super::{RenderError, Rendered};
use crate::location::LocationKey;
use controlplane_proto::dns as proto;
use controlplane_types::dns::geography::{self, Coordinates, DEFAULT_COUNTRY};
use controlplane_types::dns::{Name, RecordType};
use std::sync::Arc;

/// How a group of sets with one name and type answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Policy {
    /// All values.
    Simple,
    /// One set, by weight 0 to 255.
    Weighted(u8),
    /// The primary while it is healthy, else the secondary.
    Failover {
        /// Whether this set is the primary.
        primary: bool,
    },
    /// Up to eight healthy sets.
    Multivalue,
    /// The region with the lowest latency to the client.
    Latency {
        /// Place in the list of regions.
        region: u8,
    },
    /// The smallest area the client is in.
    Geolocation(LocationKey),
    /// The nearest point, distances biased.
    Geoproximity {
        /// The point.
        at: Coordinates,
        /// -99 to 99; more draws more clients.
        bias: i8,
    },
    /// The location in a CIDR collection whose block holds the client.
    Cidr {
        /// Id of the collection.
        collection: Arc<str>,
        /// The location; `*` for clients in no other.
        location: Arc<str>,
    },
}

impl Policy {
    /// Whether two sets may stand in one group.
    pub fn is_like(&self, other: &Policy) -> bool {
        match (self, other) {
            (Policy::Cidr { collection: mine, .. }, Policy::Cidr { collection: theirs, .. }) => {
                mine == theirs
            }
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

/// What a set answers with.
#[derive(Clone, Debug)]
pub enum Content {
    /// Its own records.
    Records(Arc<Rendered>),
    /// What the sets of another name answer with, of the same type and in the same zone.
    Alias {
        /// That name.
        target: Name,
        /// Whether the set is only healthy while its target is.
        evaluate_target_health: bool,
    },
}

/// A record set, ready to be compiled.
#[derive(Clone, Debug)]
pub struct RecordSet {
    /// How its group answers.
    pub policy: Policy,
    /// The health check that decides on it; without one it is always healthy.
    pub check: Option<Arc<str>>,
    /// What it answers with.
    pub content: Content,
}

impl RecordSet {
    /// Its own records, unless it is an alias.
    pub fn rendered(&self) -> Option<&Arc<Rendered>> {
        match &self.content {
            Content::Records(rendered) => Some(rendered),
            Content::Alias { .. } => None,
        }
    }
}

/// Why a record set cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum SetError {
    /// A type that is not known.
    #[error("type {0:?} is not known")]
    Type(String),
    /// No policy is given.
    #[error("no routing policy is given")]
    NoPolicy,
    /// A weight above 255.
    #[error("weight {0} is above 255")]
    Weight(u32),
    /// A region that is not in the tables.
    #[error("region {0:?} is not known")]
    Region(String),
    /// A local zone group that is not in the tables.
    #[error("local zone group {0:?} is not known")]
    LocalZoneGroup(String),
    /// Codes that are no location.
    #[error("continent {continent:?}, country {country:?}, subdivision {subdivision:?} are no location")]
    Location {
        /// As it came.
        continent: String,
        /// As it came.
        country: String,
        /// As it came.
        subdivision: String,
    },
    /// No place, or one off the earth.
    #[error("no place on earth is given")]
    Place,
    /// A bias outside -99 to 99.
    #[error("bias {0} is outside -99 to 99")]
    Bias(i32),
    /// An alias with values, of a type that has none, or with a policy that has none.
    #[error("an alias has no values and is neither NS, SOA nor multivalue")]
    Alias,
    /// An alias whose target is no name in the zone.
    #[error("the alias's target {0:?} is no name in the zone")]
    Target(String),
    /// Values missing, too many, or one that is no data of the type.
    #[error("its values cannot be served")]
    Values(#[source] RenderError),
}

/// Reads a record set of the feed.
pub(super) fn read_set(message: &proto::RecordSet, apex: &Name) -> Result<(RecordType, RecordSet), SetError> {
    let kind = message.key.as_ref().map_or("", |key| &key.r#type);
    let kind = RecordType::parse(kind).ok_or_else(|| SetError::Type(kind.to_owned()))?;
    let policy = read_policy(message.policy.as_ref().ok_or(SetError::NoPolicy)?)?;
    let content = match &message.alias {
        Some(alias) => read_alias(alias, message, kind, &policy, apex)?,
        None => {
            let rendered = Rendered::new(kind, message.ttl, &message.values, apex);
            Content::Records(Arc::new(rendered.map_err(SetError::Values)?))
        }
    };
    let check = (!message.health_check_id.is_empty()).then(|| Arc::from(message.health_check_id.as_str()));
    Ok((kind, RecordSet { policy, check, content }))
}

fn read_policy(given: &proto::record_set::Policy) -> Result<Policy, SetError> {
    use proto::record_set::Policy as Given;
    Ok(match given {
        Given::Simple(_) => Policy::Simple,
        Given::Weighted(weighted) => {
            Policy::Weighted(u8::try_from(weighted.weight).map_err(|_| SetError::Weight(weighted.weight))?)
        }
        Given::Failover(failover) => Policy::Failover { primary: failover.primary },
        Given::Multivalue(_) => Policy::Multivalue,
        Given::Latency(latency) => {
            let number = geography::region_number(&latency.region);
            Policy::Latency { region: number.ok_or_else(|| SetError::Region(latency.region.clone()))? as u8 }
        }
        Given::Geolocation(location) => Policy::Geolocation(read_location(location)?),
        Given::Geoproximity(geoproximity) => read_geoproximity(geoproximity)?,
        Given::Cidr(cidr) => Policy::Cidr {
            collection: Arc::from(cidr.collection_id.as_str()),
            location: Arc::from(cidr.location_name.as_str()),
        },
    })
}

fn read_location(given: &proto::Geolocation) -> Result<LocationKey, SetError> {
    let proto::Geolocation { continent_code, country_code, subdivision_code } = given;
    let key = match (continent_code.as_str(), country_code.as_str(), subdivision_code.as_str()) {
        ("", DEFAULT_COUNTRY, "") => Some(LocationKey::DEFAULT),
        ("", country, "") => LocationKey::country(country),
        ("", country, subdivision) => LocationKey::subdivision(country, subdivision),
        (continent, "", "") => LocationKey::continent(continent),
        _ => None,
    };
    key.ok_or_else(|| SetError::Location {
        continent: continent_code.clone(),
        country: country_code.clone(),
        subdivision: subdivision_code.clone(),
    })
}

fn read_geoproximity(given: &proto::Geoproximity) -> Result<Policy, SetError> {
    use proto::geoproximity::Place;
    let at = match given.place.as_ref().ok_or(SetError::Place)? {
        Place::Region(name) => geography::region_at(name).ok_or_else(|| SetError::Region(name.clone()))?,
        Place::LocalZoneGroup(name) => {
            geography::local_zone_group_at(name).ok_or_else(|| SetError::LocalZoneGroup(name.clone()))?
        }
        Place::Coordinates(point) => {
            Coordinates::new(point.latitude_hundredths, point.longitude_hundredths).ok_or(SetError::Place)?
        }
    };
    let bias = i8::try_from(given.bias).ok().filter(|bias| (-99..=99).contains(bias));
    Ok(Policy::Geoproximity { at, bias: bias.ok_or(SetError::Bias(given.bias))? })
}

fn read_alias(
    alias: &proto::Alias,
    message: &proto::RecordSet,
    kind: RecordType,
    policy: &Policy,
    apex: &Name,
) -> Result<Content, SetError> {
    let never = matches!(kind, RecordType::Ns | RecordType::Soa) || *policy == Policy::Multivalue;
    if never || !message.values.is_empty() {
        return Err(SetError::Alias);
    }
    let target = Name::parse(&alias.name).ok().filter(|name| name.is_within(apex));
    let target = target.ok_or_else(|| SetError::Target(alias.name.clone()))?;
    Ok(Content::Alias { target, evaluate_target_health: alias.evaluate_target_health })
}

/// What is wrong and its causes on one line.
pub(crate) fn error_chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
