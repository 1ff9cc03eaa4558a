//! Where clients are, and how far that is from regions: what the policies that look at the client go by.
//!
//! Everything is turned into longest-prefix tables when files are read, at start; a query does one search per table and
//! only if its answer depends on the client at all. Beside each answer stands its scope: how wide the network around
//! the client is for which it is the same (RFC 7871), which the reply hands on and resolvers cache by.

mod geo_db;
mod latency;
mod measured;
mod networks;
mod place;

pub use geo_db::GeoDbError;
pub use latency::{Costs, Distance, Known, LatencySource, LatencyTable, REGIONS, TableError, UNKNOWN};
pub(crate) use measured::{Estimates, Measured};
pub use networks::{Leaf, NOWHERE, NetworkTable, Networks};
pub use place::{LocationKey, Place};

#[cfg(test)]
pub(crate) use geo_db::tests as geo_db_tests;

use controlplane_types::dns::geography::Coordinates;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;
use std::sync::Arc;

/// Who asks, as far as answers depend on it: the client subnet if one was sent, else the sender of the query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    /// The network's first address.
    pub address: IpAddr,
    /// How much of it is known.
    pub prefix: u8,
}

impl Client {
    /// One address.
    pub fn one(address: IpAddr) -> Self {
        Self { address, prefix: if address.is_ipv4() { 32 } else { 128 } }
    }
}

/// A client whose place was looked up.
#[derive(Clone, Copy, Debug)]
pub struct Located {
    /// The client's first address.
    pub address: IpAddr,
    /// Number of the place; [`NOWHERE`] if it is not known.
    pub place: u32,
    /// How wide that holds.
    pub scopes: Scopes,
}

/// Lengths of the prefixes around a client inside which everybody has the same ...
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scopes {
    /// ... place, to the coordinates.
    pub place: u8,
    /// ... subdivision and country.
    pub subdivision: u8,
    /// ... country.
    pub country: u8,
    /// ... continent.
    pub continent: u8,
}

impl Scopes {
    const WAYS: usize = 4;
}

/// Files and sources a server is started with.
#[derive(Clone, Debug, Default)]
pub struct LocationConfig {
    /// A MaxMind-format file; without it no client has a place.
    pub geo_db: Option<PathBuf>,
    /// The operator's table of latencies, for networks nothing was measured for.
    pub latency_table: Option<PathBuf>,
}

/// Why a server cannot locate clients as it was told to.
#[derive(Debug, thiserror::Error)]
pub enum LocationError {
    /// The geo database.
    #[error("cannot use the geo database {path}")]
    GeoDb {
        /// The file.
        path: String,
        /// What is wrong.
        #[source]
        source: GeoDbError,
    },
    /// The table cannot be read.
    #[error("cannot read the latency table {path}")]
    Read {
        /// The file.
        path: String,
        /// What happened.
        #[source]
        source: std::io::Error,
    },
    /// The table is malformed.
    #[error("cannot use the latency table {path}")]
    Table {
        /// The file.
        path: String,
        /// What is wrong.
        #[source]
        source: TableError,
    },
}

/// Places and latencies, ready for queries.
#[derive(Clone, Debug, Default)]
pub struct Geography {
    places: Arc<[Place]>,
    /// The places' points on a sphere of radius 1.
    points: Arc<[Option<[f64; 3]>]>,
    networks: Arc<NetworkTable<{ Scopes::WAYS }>>,
    /// Believed where it compares regions that are asked about.
    measured: Option<Arc<LatencyTable>>,
    /// Else the first that knows anything is believed.
    sources: Vec<Arc<dyn LatencySource>>,
}

impl Geography {
    fn new(places: Vec<Place>, networks: NetworkTable<{ Scopes::WAYS }>) -> Self {
        let distance = Distance::new(&places);
        let points = places.iter().map(|place| place.at.map(Coordinates::unit_vector)).collect();
        let (places, networks) = (places.into(), Arc::new(networks));
        Self { places, points, networks, measured: None, sources: vec![Arc::new(distance)] }
    }

    /// The same where `source` is believed before all others but what was measured.
    pub(crate) fn believing(mut self, source: LatencyTable) -> Self {
        self.sources.insert(0, Arc::new(source));
        self
    }

    /// The same with what was measured since.
    pub(crate) fn measured(&self, table: Option<LatencyTable>) -> Self {
        Self { measured: table.map(Arc::new), ..self.clone() }
    }

    /// Reads the files.
    pub fn load(config: &LocationConfig) -> Result<Self, LocationError> {
        let geography = match &config.geo_db {
            Some(path) => geo_db::load(path)
                .map_err(|source| LocationError::GeoDb { path: path.display().to_string(), source })?,
            None => Self::default(),
        };
        let Some(path) = &config.latency_table else { return Ok(geography) };
        let named = || path.display().to_string();
        let text =
            std::fs::read_to_string(path).map_err(|source| LocationError::Read { path: named(), source })?;
        let table =
            LatencyTable::parse(&text).map_err(|source| LocationError::Table { path: named(), source })?;
        Ok(geography.believing(table))
    }

    /// Everybody is where this region is, whatever their address: so a VPC's resolver sees whoever asks it (route53.md
    /// section 10). Nobody is anywhere if the region is not known.
    pub fn of_region(region: &str) -> Self {
        let Some(place) = Place::of_region(region) else { return Self::default() };
        let mut everywhere = Networks::default();
        everywhere.insert(Ipv4Addr::UNSPECIFIED.into(), 0, 0);
        everywhere.insert(Ipv6Addr::UNSPECIFIED.into(), 0, 0);
        Self::new(vec![place], everywhere.into_table(|value| [value; Scopes::WAYS]))
    }

    /// Looks a client's place up.
    pub fn locate(&self, client: Client) -> Located {
        let Leaf { value, scopes: [place, subdivision, country, continent] } =
            self.networks.lookup(client.address);
        Located {
            address: client.address,
            place: value,
            scopes: Scopes { place, subdivision, country, continent },
        }
    }

    /// The place with this number; `None` for [`NOWHERE`].
    pub fn place(&self, number: u32) -> Option<&Place> {
        self.places.get(number as usize)
    }

    /// Where the place with this number is, on a sphere of radius 1.
    pub fn point(&self, number: u32) -> Option<&[f64; 3]> {
        self.points.get(number as usize)?.as_ref()
    }

    /// Costs of these regions: as measured, if that compares at least two of them, else of the first source that knows any.
    /// The scope is that of all that were asked, for each of them could have known.
    pub fn costs(&self, client: &Located, regions: &[u8]) -> Known<'_> {
        let mut scope = 0;
        if let Some(measured) = &self.measured {
            let known = measured.known(client);
            scope = known.scope;
            if known.costs.is_some_and(|costs| measured::compares(costs, regions)) {
                return known;
            }
        }
        for source in &self.sources {
            let known = source.known(client);
            scope = scope.max(known.scope);
            if known.costs.is_some() {
                return Known { scope, ..known };
            }
        }
        Known { costs: None, scope }
    }
}

#[cfg(test)]
pub(crate) mod tests;
