use controlplane_types::dns::geography::{self, Continent, Country, Subdivision};
use serde::Serialize;

/// A part of the world as AWS shows it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GeoLocationDetails {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) continent_code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    continent_name: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) country_code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country_name: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) subdivision_code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subdivision_name: Option<&'static str>,
}

impl GeoLocationDetails {
    fn default_location() -> Self {
        Self {
            country_code: Some(geography::DEFAULT_COUNTRY),
            country_name: Some("Default"),
            ..Self::default()
        }
    }

    fn of_continent(continent: &Continent) -> Self {
        Self { continent_code: Some(continent.code), continent_name: Some(continent.name), ..Self::default() }
    }

    fn of_country(country: &Country) -> Self {
        Self { country_code: Some(country.code), country_name: Some(country.name), ..Self::default() }
    }

    fn of_subdivision(country: &Country, subdivision: &Subdivision) -> Self {
        Self {
            subdivision_code: Some(subdivision.code),
            subdivision_name: Some(subdivision.name),
            ..Self::of_country(country)
        }
    }

    /// Whether these are its codes.
    pub(super) fn has(
        &self,
        continent: Option<&str>,
        country: Option<&str>,
        subdivision: Option<&str>,
    ) -> bool {
        (self.continent_code, self.country_code, self.subdivision_code) == (continent, country, subdivision)
    }
}

/// All of them: countries first, each before its subdivisions, and continents last.
pub(super) fn all() -> Vec<GeoLocationDetails> {
    let mut all = vec![GeoLocationDetails::default_location()];
    for country in geography::countries() {
        all.push(GeoLocationDetails::of_country(country));
        if country.code == geography::SUBDIVIDED_COUNTRY {
            let parts = geography::subdivisions().iter();
            all.extend(parts.map(|part| GeoLocationDetails::of_subdivision(country, part)));
        }
    }
    all.extend(geography::continents().iter().map(GeoLocationDetails::of_continent));
    all
}
