//! The places Route 53's geolocation, geoproximity and latency records speak of: continents, countries, the United
//! States' subdivisions, regions and local zone groups, with coordinates.
//!
//! Data with lookups, here because the API refuses what is not in it (and lists it: ListGeoLocations) and the DNS
//! server answers by it. Coordinates are hundredths of a degree, the precision the API takes, so they compare exactly.

mod countries;
mod sites;
mod subdivisions;

use std::time::Duration;

/// For how long a measured latency counts, whoever holds it.
pub const LATENCY_LIFE: Duration = Duration::from_secs(3600);

/// Where Route 53's health checkers stand (route53.md section 12, rule 6).
pub const CHECKER_REGIONS: [&str; 8] = [
    "us-east-1",
    "us-west-1",
    "us-west-2",
    "eu-west-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-northeast-1",
    "sa-east-1",
];

/// The country whose subdivisions can have records.
pub const SUBDIVIDED_COUNTRY: &str = "US";

/// The country code that means "everywhere else".
pub const DEFAULT_COUNTRY: &str = "*";

/// Mean radius of the earth.
const EARTH_RADIUS_KM: f64 = 6371.0;

/// A point on the earth in hundredths of a degree; north and east are positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Coordinates {
    /// -9000 to 9000.
    pub latitude_hundredths: i32,
    /// -18000 to 18000.
    pub longitude_hundredths: i32,
}

/// A continent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Continent {
    /// Two letters.
    pub code: &'static str,
    /// As ListGeoLocations prints it.
    pub name: &'static str,
}

/// A country.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Country {
    /// ISO 3166-1, two letters.
    pub code: &'static str,
    /// The continent Route 53 counts it to.
    pub continent: &'static str,
    /// Rough middle.
    pub middle: Coordinates,
    /// As ListGeoLocations prints it.
    pub name: &'static str,
}

/// A part of [`SUBDIVIDED_COUNTRY`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subdivision {
    /// ISO 3166-2 without the country.
    pub code: &'static str,
    /// Rough middle.
    pub middle: Coordinates,
    /// As ListGeoLocations prints it.
    pub name: &'static str,
}

/// A region or a local zone group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site {
    /// `eu-west-1`, `us-east-1-bos-1`.
    pub name: &'static str,
    /// Where it is.
    pub at: Coordinates,
}

const CONTINENTS: &[Continent] = &[
    Continent { code: "AF", name: "Africa" },
    Continent { code: "AN", name: "Antarctica" },
    Continent { code: "AS", name: "Asia" },
    Continent { code: "EU", name: "Europe" },
    Continent { code: "NA", name: "North America" },
    Continent { code: "OC", name: "Oceania" },
    Continent { code: "SA", name: "South America" },
];

impl Coordinates {
    /// A point by hundredths of a degree; `None` off the earth.
    pub fn new(latitude_hundredths: i32, longitude_hundredths: i32) -> Option<Self> {
        let on_earth = latitude_hundredths.abs() <= 9000 && longitude_hundredths.abs() <= 18000;
        on_earth.then_some(Self { latitude_hundredths, longitude_hundredths })
    }

    /// The point on a sphere of radius 1: the nearer two points are, the larger the product of their vectors.
    pub fn unit_vector(self) -> [f64; 3] {
        let latitude = (f64::from(self.latitude_hundredths) / 100.0).to_radians();
        let longitude = (f64::from(self.longitude_hundredths) / 100.0).to_radians();
        [latitude.cos() * longitude.cos(), latitude.cos() * longitude.sin(), latitude.sin()]
    }

    /// Great-circle distance in kilometres, by the haversine formula.
    pub fn distance_km(self, other: Coordinates) -> f64 {
        let radians = |hundredths: i32| (f64::from(hundredths) / 100.0).to_radians();
        let half = |from: i32, to: i32| ((radians(to) - radians(from)) / 2.0).sin().powi(2);
        let cosines = radians(self.latitude_hundredths).cos() * radians(other.latitude_hundredths).cos();
        let root = half(self.latitude_hundredths, other.latitude_hundredths)
            + cosines * half(self.longitude_hundredths, other.longitude_hundredths);
        2.0 * EARTH_RADIUS_KM * root.sqrt().min(1.0).asin()
    }
}

/// Every continent, by code.
pub fn continents() -> &'static [Continent] {
    CONTINENTS
}

/// Every country that can have records, by code.
pub fn countries() -> &'static [Country] {
    countries::COUNTRIES
}

/// Every subdivision of [`SUBDIVIDED_COUNTRY`], by code.
pub fn subdivisions() -> &'static [Subdivision] {
    subdivisions::US_SUBDIVISIONS
}

/// Every region, in the fixed order that decides where nothing else does.
pub fn regions() -> &'static [Site] {
    sites::REGIONS
}

/// Every local zone group, by name.
pub fn local_zone_groups() -> &'static [Site] {
    sites::LOCAL_ZONE_GROUPS
}

/// The continent with this code.
pub fn continent(code: &str) -> Option<&'static Continent> {
    CONTINENTS.iter().find(|continent| continent.code == code)
}

/// The country with this code; [`DEFAULT_COUNTRY`] is none.
pub fn country_of(code: &str) -> Option<&'static Country> {
    by_key(countries(), code, |country| country.code)
}

/// The subdivision of [`SUBDIVIDED_COUNTRY`] with this code.
pub fn subdivision_of(code: &str) -> Option<&'static Subdivision> {
    by_key(subdivisions(), code, |subdivision| subdivision.code)
}

/// A region's place in [`regions`].
pub fn region_number(name: &str) -> Option<usize> {
    regions().iter().position(|region| region.name == name)
}

/// Where a region is.
pub fn region_at(name: &str) -> Option<Coordinates> {
    region_number(name).map(|number| regions()[number].at)
}

/// Where a local zone group is.
pub fn local_zone_group_at(name: &str) -> Option<Coordinates> {
    by_key(local_zone_groups(), name, |group| group.name).map(|group| group.at)
}

fn by_key<T>(table: &'static [T], key: &str, key_of: fn(&T) -> &'static str) -> Option<&'static T> {
    table.binary_search_by(|row| key_of(row).cmp(key)).ok().map(|place| &table[place])
}

const fn site(name: &'static str, latitude_hundredths: i32, longitude_hundredths: i32) -> Site {
    Site { name, at: Coordinates { latitude_hundredths, longitude_hundredths } }
}

const fn country(
    code: &'static str,
    continent: &'static str,
    latitude_hundredths: i32,
    longitude_hundredths: i32,
    name: &'static str,
) -> Country {
    Country { code, continent, middle: Coordinates { latitude_hundredths, longitude_hundredths }, name }
}

const fn subdivision(
    code: &'static str,
    latitude_hundredths: i32,
    longitude_hundredths: i32,
    name: &'static str,
) -> Subdivision {
    Subdivision { code, middle: Coordinates { latitude_hundredths, longitude_hundredths }, name }
}

#[cfg(test)]
mod tests;
