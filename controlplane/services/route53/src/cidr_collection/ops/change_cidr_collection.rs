//! ChangeCidrCollection: all of its changes or none, deletions first.

use crate::change;
use crate::cidr_collection::{CidrCollection, blocks, existing};
use crate::errors;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// Blocks in one request.
const BLOCKS_AT_ONCE: usize = 1000;

/// See the module.
pub struct ChangeCidrCollection;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ChangeCidrCollectionInput {
    id: String,
    #[serde(default)]
    collection_version: Option<i64>,
    changes: Vec<CidrCollectionChange>,
}

/// Blocks that come to a location or go from it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CidrCollectionChange {
    location_name: String,
    action: Action,
    cidr_list: Vec<String>,
}

/// What becomes of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// They come.
    #[serde(rename = "PUT")]
    Put,
    /// They go, if they are there.
    #[serde(rename = "DELETE_IF_EXISTS")]
    DeleteIfExists,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ChangeCidrCollectionOutput {
    id: String,
}

impl Operation for ChangeCidrCollection {
    const NAME: &'static str = "ChangeCidrCollection";
    type Input = ChangeCidrCollectionInput;
    type Output = ChangeCidrCollectionOutput;

    fn run(
        input: &ChangeCidrCollectionInput,
        cx: &mut Context,
    ) -> Result<ChangeCidrCollectionOutput, ServiceError> {
        let old = existing(&input.id, cx)?;
        if let Some(version) = input.collection_version
            && version != old.version
        {
            return Err(errors::cidr_collection_version_mismatch(version, old.version));
        }
        let changed = changed(old, &input.changes)?;
        cx.put(&input.id, changed);
        Ok(ChangeCidrCollectionOutput { id: change::submit(None, cx).id })
    }
}

fn changed(old: &CidrCollection, changes: &[CidrCollectionChange]) -> Result<CidrCollection, ServiceError> {
    if changes.iter().map(|change| change.cidr_list.len()).sum::<usize>() > BLOCKS_AT_ONCE {
        return Err(errors::limits_exceeded("CIDR blocks per request", BLOCKS_AT_ONCE));
    }
    let mut locations = old.locations.clone();
    let of = |action| changes.iter().filter(move |change| change.action == action);
    for change in of(Action::DeleteIfExists) {
        blocks::take(&mut locations, &change.location_name, &blocks::blocks(&change.cidr_list)?);
    }
    for change in of(Action::Put) {
        blocks::location_name(&change.location_name)?;
        blocks::put(&mut locations, &change.location_name, blocks::blocks(&change.cidr_list)?);
    }
    blocks::check(&locations)?;
    Ok(CidrCollection { version: old.version + 1, locations, ..old.clone() })
}
