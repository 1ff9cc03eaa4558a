//! The server's first start, and every later one: the region has at least these zones and accounts.

use crate::errors;
use crate::region::{Region, Zone, validate};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use controlplane_types::{AccountId, RegionName};
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What the region has at least.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeclareRegionInput {
    /// Such as `us-east-1`.
    pub name: RegionName,
    /// Zone names, such as `us-east-1a`; ids follow from them.
    pub zones: Vec<String>,
    /// Fixed once declared.
    pub public_addresses: Ipv4Net,
    /// Accounts that live here.
    pub accounts: Vec<AccountId>,
}

/// What it has now.
#[derive(Debug, Serialize)]
pub struct DeclareRegionOutput {
    /// This start is the first.
    pub created: bool,
}

/// See the module.
pub struct DeclareRegion;

impl Operation for DeclareRegion {
    const NAME: &'static str = "DeclareRegion";
    type Input = DeclareRegionInput;
    type Output = DeclareRegionOutput;

    fn run(input: &DeclareRegionInput, cx: &mut Context) -> Result<DeclareRegionOutput, ServiceError> {
        let key = Region::key(&input.name);
        let before = cx.view.get::<Region>(&key).cloned();
        let after = merged(input, before.as_ref())?;
        let created = before.is_none();
        if before.as_ref() != Some(&after) {
            cx.put_at(key, after);
        }
        Ok(DeclareRegionOutput { created })
    }
}

fn merged(input: &DeclareRegionInput, before: Option<&Region>) -> Result<Region, ServiceError> {
    validate::region_name(&input.name)?;
    validate::public_addresses(&input.public_addresses)?;
    if before.is_some_and(|before| before.public_addresses != input.public_addresses) {
        return Err(errors::public_addresses_fixed(&input.name));
    }
    input.accounts.iter().try_for_each(validate::account)?;
    let declared =
        input.zones.iter().map(|name| validate::zone_of(&input.name, name)).collect::<Result<Vec<_>, _>>()?;
    let zones: BTreeSet<Zone> =
        before.map(|before| before.zones.clone()).into_iter().flatten().chain(declared).collect();
    if zones.is_empty() {
        return Err(errors::invalid_field("zones", "", "a region has at least one zone"));
    }
    let known = before.map(|before| before.accounts.clone()).into_iter().flatten();
    let accounts: BTreeSet<AccountId> = known.chain(input.accounts.iter().cloned()).collect();
    Ok(Region {
        name: input.name.clone(),
        zones: zones.into_iter().collect(),
        public_addresses: input.public_addresses,
        accounts: accounts.into_iter().collect(),
    })
}
