//! When a set is the answer: the routing policies, each with what it needs to know of one member of its group.

use minicbor::{Decode, Encode};

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
    /// Chosen by clients whose packets are in this region soonest.
    #[n(4)]
    Latency {
        /// A region of AWS.
        #[n(0)]
        region: String,
    },
    /// Chosen by where clients are.
    #[n(5)]
    Geolocation {
        /// Where that is.
        #[n(0)]
        location: Location,
    },
    /// Chosen by how near clients are.
    #[n(6)]
    Geoproximity {
        /// Near to what.
        #[n(0)]
        place: Place,
        /// -99 to 99; above zero it draws clients from farther away. Absent: 0.
        #[n(1)]
        bias: Option<i8>,
    },
    /// Chosen by clients' addresses.
    #[n(7)]
    Cidr {
        /// The collection, the same for the whole group.
        #[n(0)]
        collection_id: String,
        /// One of its locations, or `*`: no other location of the group has the address.
        #[n(1)]
        location: String,
    },
}

/// A part of the world.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Location {
    /// Wherever no other member is: country code `*`.
    #[n(0)]
    Default,
    /// Code of a continent.
    #[n(1)]
    Continent(#[n(0)] String),
    /// Code of a country.
    #[n(2)]
    Country(#[n(0)] String),
    /// Codes of a country and of a part of it.
    #[n(3)]
    Subdivision(#[n(0)] String, #[n(1)] String),
}

/// A point of the world, by whichever name it was given.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Place {
    /// A region of AWS.
    #[n(0)]
    Region(#[n(0)] String),
    /// A group of AWS's local zones.
    #[n(1)]
    LocalZoneGroup(#[n(0)] String),
    /// Latitude and longitude, as given: [`hundredths`] reads them.
    #[n(2)]
    Coordinates(#[n(0)] String, #[n(1)] String),
}

impl Policy {
    /// The word Route 53's messages use.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Simple => "simple",
            Self::Weighted { .. } => "weighted",
            Self::Failover { .. } => "failover",
            Self::Multivalue => "multivalue answer",
            Self::Latency { .. } => "latency",
            Self::Geolocation { .. } => "geolocation",
            Self::Geoproximity { .. } => "geoproximity",
            Self::Cidr { .. } => "CIDR",
        }
    }

    /// Whether two sets of one name and type may have these policies.
    pub fn same_kind(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    /// What only one member of a group may have, as messages call it; absent where members are alike.
    pub(super) fn slot(&self) -> Option<String> {
        match self {
            Self::Failover { primary: true } => Some("failover role PRIMARY".to_owned()),
            Self::Failover { primary: false } => Some("failover role SECONDARY".to_owned()),
            Self::Latency { region } => Some(format!("region {region}")),
            Self::Geolocation { location } => Some(format!("location {}", location.text())),
            Self::Cidr { location, .. } => Some(format!("CIDR location {location}")),
            _ => None,
        }
    }

    /// Policy and what it knows of this member, for tables.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Simple | Self::Multivalue => self.word().to_owned(),
            Self::Weighted { weight } => format!("weighted {weight}"),
            Self::Failover { primary } => {
                format!("failover {}", if *primary { "primary" } else { "secondary" })
            }
            Self::Latency { region } => format!("latency {region}"),
            Self::Geolocation { location } => format!("geolocation {}", location.text()),
            Self::Geoproximity { place, bias: None } => format!("geoproximity {}", place.text()),
            Self::Geoproximity { place, bias: Some(bias) } => {
                format!("geoproximity {} {bias:+}", place.text())
            }
            Self::Cidr { location, .. } => format!("cidr {location}"),
        }
    }
}

impl Location {
    /// Its code, the country before the subdivision.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Default => "*".to_owned(),
            Self::Continent(code) => format!("continent {code}"),
            Self::Country(code) => code.clone(),
            Self::Subdivision(country, code) => format!("{country}-{code}"),
        }
    }
}

impl Place {
    fn text(&self) -> String {
        match self {
            Self::Region(name) | Self::LocalZoneGroup(name) => name.clone(),
            Self::Coordinates(latitude, longitude) => format!("{latitude},{longitude}"),
        }
    }
}

/// Hundredths of a degree out of a text like `-33.92`: up to `most` whole degrees, and no more than two decimals.
pub fn hundredths(text: &str, most: i32) -> Option<i32> {
    let (negative, digits) = match text.strip_prefix(['-', '+']) {
        Some(digits) => (text.starts_with('-'), digits),
        None => (false, text),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !(1..=3).contains(&whole.len()) || part.len() > 2 || !plain(whole) || !plain(part) {
        return None;
    }
    let value = format!("{whole}{part:0<2}").parse::<i32>().ok()?;
    (value <= most * 100).then_some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::hundredths;

    #[test]
    fn degrees_are_read_to_the_hundredth() {
        for (text, expected) in [
            ("0", Some(0)),
            ("49.22", Some(4922)),
            ("49.2", Some(4920)),
            ("49.", Some(4900)),
            ("-33.92", Some(-3392)),
            ("+7", Some(700)),
            ("-0.05", Some(-5)),
            ("90.00", Some(9000)),
            ("90.01", None),
            ("1.234", None),
            ("", None),
            ("-", None),
            (".5", None),
            ("1e1", None),
            ("--1", None),
            ("99999999999", None),
        ] {
            assert_eq!(hundredths(text, 90), expected, "{text}");
        }
        assert_eq!(hundredths("180", 180), Some(18_000));
    }
}
