//! The server's first start, and every later one: the region has at least these zones and accounts.
//!
//! The first region that is ever declared is the cluster's home. Whoever declares says so, and is refused when he is wrong:
//! servers, certificates and tokens lie in the home region, and a server that took another one for it would find none.

use crate::errors;
use crate::region::{Region, Zone, validate};
use controlplane_services_kernel::{Context, Operation, ServiceError, View};
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
    /// It comes after the cluster's first one.
    pub is_further: bool,
}

/// What it has now.
#[derive(Debug, Serialize)]
pub struct DeclareRegionOutput {
    /// Accounts that this region did not have before: all of them, when the region is new.
    pub newcomers: Vec<AccountId>,
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
        check_home(input, &cx.view)?;
        let after = merged(input, before.as_ref())?;
        let known = before.as_ref().map(|before| before.accounts.as_slice()).unwrap_or_default();
        let newcomers = after.accounts.iter().filter(|account| !known.contains(account)).cloned().collect();
        if before.as_ref() != Some(&after) {
            cx.put_at(key, after);
        }
        Ok(DeclareRegionOutput { newcomers })
    }
}

/// There is one home, and it stays.
fn check_home(input: &DeclareRegionInput, view: &View) -> Result<(), ServiceError> {
    let home = view.all::<Region>().find(|region| !region.is_further).map(|region| region.name.clone());
    match home {
        Some(home) if (home == input.name) == input.is_further => Err(errors::other_home(&input.name, &home)),
        None if input.is_further => Err(errors::invalid_field(
            "region",
            input.name.as_str(),
            "the cluster's first region is declared before others",
        )),
        _ => Ok(()),
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
        is_further: input.is_further,
    })
}
