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
    let mut places = Places::default();
    let mut networks = Networks::default();
    for found in reader.networks(Default::default())? {
        let found = found?;
        let Some(offset) = found.offset() else {
            continue;
        };
        let number = match places.by_offset.get(&offset) {
            Some(number) => *number,
            None => places.add(offset, place(&found.decode()?.unwrap_or_default()))?,
        };
        let network = found.network()?;
        networks.insert(network.ip(), network.prefix(), number);
    }
    Ok(compile(places.list, networks))
}

/// Places by number. Records that are the same to every policy become one place, so that their networks merge.
#[derive(Default)]
struct Places {
    list: Vec<Place>,
    by_content: HashMap<([Option<LocationKey>; 3], Option<Coordinates>), u32>,
    /// Many networks point to one record of the file: each is decoded once.
    by_offset: HashMap<usize, u32>,
}

impl Places {
    fn add(&mut self, offset: usize, place: Place) -> Result<u32, GeoDbError> {
        let next = self.list.len();
        let number = *self.by_content.entry((place.keys, place.at)).or_insert(next as u32);
        if number as usize == next {
            self.list.push(place);
        }
        self.by_offset.insert(offset, number);
        if next < MAX_PLACES { Ok(number) } else { Err(GeoDbError::TooManyPlaces) }
    }
}

fn place(entry: &Entry) -> Place {
    let subdivision = entry.subdivisions.first().and_then(|area| area.iso_code).unwrap_or_default();
    let hundredths = |degrees: f64| (degrees * 100.0).round() as i32;
    let at = entry.location.latitude.zip(entry.location.longitude);
    let at = at.and_then(|(north, east)| Coordinates::new(hundredths(north), hundredths(east)));
    let (continent, country) = (entry.continent.code, entry.country.iso_code);
    Place::new(continent.unwrap_or_default(), country.unwrap_or_default(), subdivision, at)
}

fn compile(places: Vec<Place>, networks: Networks) -> Geography {
    let mut numbers = Numbers::default();
    let areas: Vec<[u32; 3]> = places
        .iter()
        .map(|Place { keys: [subdivision, country, continent], .. }| {
            [(*subdivision, *country), (*country, *continent), (*continent, None)].map(|key| numbers.of(key))
        })
        .collect();
    let table = networks.into_table(|value| match areas.get(value as usize) {
        None => [NOWHERE; Scopes::WAYS],
        Some([subdivision, country, continent]) => [value, *subdivision, *country, *continent],
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
