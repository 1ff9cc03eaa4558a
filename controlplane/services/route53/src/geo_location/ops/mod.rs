//! Actions on the parts of the world.

pub mod get_geo_location;
pub mod list_geo_locations;
