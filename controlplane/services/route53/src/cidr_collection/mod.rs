//! A CIDR collection: blocks of client addresses by location, which IP-based record sets route by.
//!
//! A block belongs to one location. Changes come in one transaction: everything a request deletes goes before anything it puts
//! comes, so blocks move between locations without a moment in which they are nowhere. A location is there as long as it has
//! a block.
//!
//! AWS: <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-creating-cidr-collection.html>

mod blocks;
mod columns;
mod manifest;
pub mod ops;
mod types;

#[cfg(test)]
mod tests;

pub use ops::create_cidr_collection::create;
pub use ops::delete_cidr_collection::delete;
pub use types::{CidrCollection, CollectionSummary};

use crate::{errors, page};
use controlplane_services_kernel::{Reader, ServiceError};

/// The collection with this id.
pub fn existing<'r>(id: &str, reader: &'r Reader) -> Result<&'r CidrCollection, ServiceError> {
    reader.get::<CidrCollection>(id).ok_or_else(|| errors::no_such_cidr_collection(id))
}

/// Which page of a listing is asked for.
fn paging(token: Option<&str>, max: Option<&str>) -> Result<page::Tokens, ServiceError> {
    let foreign = |token: &str| errors::invalid_input(format!("NextToken: {token} is not from here"));
    page::Tokens::read(token, max, 100, foreign)
}
