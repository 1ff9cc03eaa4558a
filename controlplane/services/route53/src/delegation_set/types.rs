use crate::HostedZone;
use crate::hosted_zone::OF_DELEGATION_SET;
use controlplane_services_kernel::{Reader, Record};
use minicbor::{Decode, Encode};
use serde::Serialize;

/// A reusable delegation set. Id: `N` and capitals.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct DelegationSet {
    /// The client's reference.
    #[n(0)]
    pub caller_reference: String,
    /// The four.
    #[n(1)]
    pub name_servers: Vec<String>,
}

impl Record for DelegationSet {
    const KIND: &'static str = "delegation_set";
    const GLOBAL: bool = true;
}

impl DelegationSet {
    /// How many zones use the set.
    pub fn zone_count(id: &str, reader: &Reader) -> usize {
        reader.find::<HostedZone>(OF_DELEGATION_SET, id).count()
    }
}

/// Name servers as AWS shows them; those of no reusable set have no id.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DelegationSetShown {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    caller_reference: Option<String>,
    name_servers: Vec<String>,
}

impl DelegationSetShown {
    pub(crate) fn of(id: &str, set: &DelegationSet) -> Self {
        Self {
            id: Some(format!("/delegationset/{id}")),
            caller_reference: Some(set.caller_reference.clone()),
            name_servers: set.name_servers.clone(),
        }
    }

    pub(crate) fn of_zone(zone: &HostedZone, reader: &Reader) -> Self {
        let id = zone.delegation_set_id.as_deref();
        let reusable = id.and_then(|id| Some((id, reader.get::<DelegationSet>(id)?)));
        reusable.map_or_else(
            || Self { id: None, caller_reference: None, name_servers: zone.name_servers.clone() },
            |(id, set)| Self::of(id, set),
        )
    }
}
