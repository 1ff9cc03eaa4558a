//! A MaxMind-format file, read once at start into our own table.
//!
//! The library's lookup decodes a record for each query, which allocates; the file is therefore walked from end to
//! end, its records become numbered places, and queries never see it again. Any file in the format will do: what it
//! does not say (subdivisions, coordinates) is simply not known.

use super::networks::{NOWHERE, Networks};
use super::place::{LocationKey, Place};
use super::{Geography, Scopes};
use controlplane_types::dns::geography::Coordinates;
use maxminddb::{MaxMindDbError, Reader};
use serde::Deserialize;
use std::collections::HashMap;
use std::path::Path;

/// Most distinct places: what fits beside the marks of a table.
const MAX_PLACES: usize = 1 << 24;

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum GeoDbError {
    /// It cannot be read, or is not of the format.
    #[error("the geo database cannot be read")]
    Read(#[from] MaxMindDbError),
    /// More distinct places than numbers for them.
    #[error("the geo database has more than {MAX_PLACES} places")]
    TooManyPlaces,
}

/// What is wanted of a record; everything else is passed over.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry<'a> {
    #[serde(borrow)]
    continent: Area<'a>,
    #[serde(borrow)]
    country: Area<'a>,
    #[serde(borrow)]
    subdivisions: Vec<Area<'a>>,
    location: Location,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Area<'a> {
    #[serde(borrow)]
    code: Option<&'a str>,
    #[serde(borrow)]
    iso_code: Option<&'a str>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Location {
    latitude: Option<f64>,
    longitude: Option<f64>,
}

/// The places of the file at `path`, and which network is in which.
pub(super) fn load(path: &Path) -> Result<Geography, GeoDbError> {
    read(&Reader::open_readfile(path)?)
}

fn read(reader: &Reader<Vec<u8>>) -> Result<Geography, GeoDbError> {
    let mut places: Vec<Place> = Vec::new();
    // Records are shared: many networks point to one, so each is decoded once.
    let mut by_offset: HashMap<usize, u32> = HashMap::new();
    let mut networks = Networks::default();
    for found in reader.networks(Default::default())? {
        let found = found?;
        let Some(offset) = found.offset() else {
            continue;
        };
        let number = match by_offset.get(&offset) {
            Some(number) => *number,
            None => {
                let entry: Option<Entry> = found.decode()?;
                places.push(place(&entry.unwrap_or_default()));
                by_offset.insert(offset, places.len() as u32 - 1);
                places.len() as u32 - 1
            }
        };
        if places.len() > MAX_PLACES {
            return Err(GeoDbError::TooManyPlaces);
        }
        let network = found.network()?;
        networks.insert(network.ip(), network.prefix(), number);
    }
    Ok(compile(places, networks))
}

fn place(entry: &Entry) -> Place {
    let iso = |area: &Area| area.iso_code.unwrap_or_default().to_owned();
    let subdivision = entry.subdivisions.first().map(iso).unwrap_or_default();
    let hundredths = |degrees: f64| (degrees * 100.0).round() as i32;
    let at = entry.location.latitude.zip(entry.location.longitude);
    let at = at.and_then(|(north, east)| Coordinates::new(hundredths(north), hundredths(east)));
    Place::new(entry.continent.code.unwrap_or_default(), &iso(&entry.country), &subdivision, at)
}

/// Places that are the same to every policy become one, so that their networks merge.
fn compile(places: Vec<Place>, networks: Networks) -> Geography {
    let mut first_like: HashMap<([Option<LocationKey>; 3], Option<Coordinates>), u32> = HashMap::new();
    let merged: Vec<u32> = places
        .iter()
        .zip(0..)
        .map(|(place, number)| *first_like.entry((place.keys, place.at)).or_insert(number))
        .collect();
    let mut numbers = Numbers::default();
    let areas: Vec<[u32; 3]> = places
        .iter()
        .map(|Place { keys: [subdivision, country, continent], .. }| {
            [(*subdivision, *country), (*country, *continent), (*continent, None)].map(|key| numbers.of(key))
        })
        .collect();
    let table = networks.into_table(|value| match value {
        NOWHERE => [NOWHERE; Scopes::WAYS],
        value => {
            let [subdivision, country, continent] = areas[value as usize];
            [merged[value as usize], subdivision, country, continent]
        }
    });
    Geography::new(places, table)
}

/// Numbers for keys in the order of their appearance; nothing known is [`NOWHERE`], like an address in no network.
#[derive(Default)]
struct Numbers(HashMap<(Option<LocationKey>, Option<LocationKey>), u32>);

impl Numbers {
    fn of(&mut self, key: (Option<LocationKey>, Option<LocationKey>)) -> u32 {
        let next = self.0.len() as u32;
        if key == (None, None) { NOWHERE } else { *self.0.entry(key).or_insert(next) }
    }
}

#[cfg(test)]
pub(crate) mod tests;
