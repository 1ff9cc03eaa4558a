//! Places clients are in and places records speak of, in forms that compare in one step.

use super::REGIONS;
use controlplane_types::dns::geography::{self, Coordinates, SUBDIVIDED_COUNTRY};

/// What a geolocation record is for: a subdivision, a country, a continent, or everywhere else.
///
/// One number: the level above the letters. So a group's records sort by level and country, and whether a group has
/// records for subdivisions of a country is one search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocationKey(u64);

const CONTINENT: u64 = 1 << 56;
const COUNTRY: u64 = 2 << 56;
const SUBDIVISION: u64 = 3 << 56;

impl LocationKey {
    /// Everywhere else.
    pub const DEFAULT: Self = Self(0);

    /// A continent by its code.
    pub fn continent(code: &str) -> Option<Self> {
        geography::continent(code).map(|_| Self(CONTINENT | letters(code) << 40))
    }

    /// A country by its code, two capitals; also one the tables do not know, for a newer control plane may.
    pub fn country(code: &str) -> Option<Self> {
        let well_formed = code.len() == 2 && code.bytes().all(|octet| octet.is_ascii_uppercase());
        well_formed.then(|| Self(COUNTRY | letters(code) << 40))
    }

    /// A part of a country by its code, one to three capitals or digits.
    pub fn subdivision(country: &str, code: &str) -> Option<Self> {
        let allowed = |octet: u8| octet.is_ascii_uppercase() || octet.is_ascii_digit();
        let well_formed = (1..=3).contains(&code.len()) && code.bytes().all(allowed);
        Self::country(country).filter(|_| well_formed)?;
        Some(Self(SUBDIVISION | letters(country) << 40 | letters(code)))
    }

    /// Whether this is a part of `country`.
    pub fn is_part_of(self, country: LocationKey) -> bool {
        self.0 >> 56 == SUBDIVISION >> 56 && self.0 >> 40 & 0xffff == country.0 >> 40 & 0xffff
    }

    /// The lowest key a part of this country can have.
    pub fn first_part(self) -> Self {
        Self(SUBDIVISION | (self.0 & 0xffff << 40))
    }

    /// The country this is or is a part of; none for continents and the default.
    pub fn country_part(self) -> Option<Self> {
        (self.0 >= COUNTRY).then_some(Self(COUNTRY | (self.0 & 0xffff << 40)))
    }

    /// The code of a continent or country, the code of a subdivision behind its country's; `*` for the default.
    pub fn text(self) -> String {
        let code =
            |letters: u64| letters.to_be_bytes().into_iter().filter(|octet| *octet != 0).map(char::from);
        let outer: String = code(self.0 >> 40 & 0xffff).collect();
        let inner: String = code(self.0 & 0xff_ffff_ffff).collect();
        match (outer.is_empty(), inner.is_empty()) {
            (true, _) => geography::DEFAULT_COUNTRY.to_owned(),
            (false, true) => outer,
            (false, false) => format!("{outer}-{inner}"),
        }
    }
}

fn letters(code: &str) -> u64 {
    code.bytes().fold(0, |letters, octet| letters << 8 | u64::from(octet))
}

/// In which country a region is, and which of its subdivisions where records may speak of those.
const REGION_COUNTRIES: [(&str, &str, &str); REGIONS] = [
    ("af-south-1", "ZA", ""),
    ("ap-east-1", "HK", ""),
    ("ap-east-2", "TW", ""),
    ("ap-northeast-1", "JP", ""),
    ("ap-northeast-2", "KR", ""),
    ("ap-northeast-3", "JP", ""),
    ("ap-south-1", "IN", ""),
    ("ap-south-2", "IN", ""),
    ("ap-southeast-1", "SG", ""),
    ("ap-southeast-2", "AU", ""),
    ("ap-southeast-3", "ID", ""),
    ("ap-southeast-4", "AU", ""),
    ("ap-southeast-5", "MY", ""),
    ("ap-southeast-6", "NZ", ""),
    ("ap-southeast-7", "TH", ""),
    ("ca-central-1", "CA", ""),
    ("ca-west-1", "CA", ""),
    ("cn-north-1", "CN", ""),
    ("cn-northwest-1", "CN", ""),
    ("eu-central-1", "DE", ""),
    ("eu-central-2", "CH", ""),
    ("eu-north-1", "SE", ""),
    ("eu-south-1", "IT", ""),
    ("eu-south-2", "ES", ""),
    ("eu-west-1", "IE", ""),
    ("eu-west-2", "GB", ""),
    ("eu-west-3", "FR", ""),
    ("eusc-de-east-1", "DE", ""),
    ("il-central-1", "IL", ""),
    ("me-central-1", "AE", ""),
    ("me-south-1", "BH", ""),
    ("mx-central-1", "MX", ""),
    ("sa-east-1", "BR", ""),
    ("us-east-1", "US", "VA"),
    ("us-east-2", "US", "OH"),
    ("us-gov-east-1", "US", "OH"),
    ("us-gov-west-1", "US", "OR"),
    ("us-west-1", "US", "CA"),
    ("us-west-2", "US", "OR"),
];

/// Where a client is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Place {
    /// Subdivision, country, continent, as far as known.
    pub keys: [Option<LocationKey>; 3],
    /// The finest point known.
    pub at: Option<Coordinates>,
}

impl Place {
    /// A place by what a database says. The continent of a country is Route 53's, not the database's; a place without
    /// coordinates is in the middle of the smallest area known.
    pub fn new(continent: &str, country: &str, subdivision: &str, at: Option<Coordinates>) -> Self {
        let known = geography::country_of(country);
        let continent = known.map_or(continent, |country| country.continent);
        let state = geography::subdivision_of(subdivision)
            .filter(|_| country == SUBDIVIDED_COUNTRY)
            .map(|one| one.middle);
        Self {
            keys: [
                LocationKey::subdivision(country, subdivision),
                LocationKey::country(country),
                LocationKey::continent(continent),
            ],
            at: at.or(state).or(known.map(|country| country.middle)),
        }
    }

    /// Where a region is.
    pub fn of_region(region: &str) -> Option<Self> {
        let at = geography::region_at(region)?;
        let (_, country, subdivision) = REGION_COUNTRIES.iter().find(|(name, _, _)| *name == region)?;
        Some(Self::new("", country, subdivision, Some(at)))
    }

    /// The country.
    pub fn country(&self) -> Option<LocationKey> {
        self.keys[1]
    }
}
