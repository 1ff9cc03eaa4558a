use controlplane_services_kernel::Record;
use minicbor::{Decode, Encode};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A collection. Id: a UUID.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct CidrCollection {
    /// Unique in the account.
    #[n(0)]
    pub name: String,
    /// The client's reference.
    #[n(1)]
    pub caller_reference: String,
    /// Starts at 1, plus one per change.
    #[n(2)]
    pub version: i64,
    /// Blocks by location, none empty; blocks have no bits behind their prefix.
    #[n(3)]
    pub locations: BTreeMap<String, BTreeSet<String>>,
}

impl Record for CidrCollection {
    const KIND: &'static str = "cidr_collection";
    const GLOBAL: bool = true;
}

/// A collection as AWS shows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CollectionSummary {
    arn: String,
    id: String,
    name: String,
    version: i64,
}

impl CollectionSummary {
    pub(super) fn of(id: &str, collection: &CidrCollection) -> Self {
        Self {
            arn: format!("arn:aws:route53:::cidrcollection/{id}"),
            id: id.to_owned(),
            name: collection.name.clone(),
            version: collection.version,
        }
    }
}
