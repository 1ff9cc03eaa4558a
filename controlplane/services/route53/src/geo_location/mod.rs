//! The parts of the world that geolocation records can name. Anybody may ask: this is no secret and belongs to nobody.
//!
//! AWS: <https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListGeoLocations.html>

pub mod ops;
mod types;

#[cfg(test)]
mod tests;

pub use types::GeoLocationDetails;
