//! DeleteCidrCollection: an empty one that no record set routes by.

use crate::RecordSet;
use crate::cidr_collection::{CidrCollection, existing};
use crate::errors;
use crate::record_set::OF_COLLECTION;
use controlplane_services_kernel::{Context, Operation, Record, ServiceError, manifest};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct DeleteCidrCollection;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteCidrCollectionInput {
    id: String,
}

/// Answer.
#[derive(Debug, Serialize)]
pub struct DeleteCidrCollectionOutput {}

impl Operation for DeleteCidrCollection {
    const NAME: &'static str = "DeleteCidrCollection";
    type Input = DeleteCidrCollectionInput;
    type Output = DeleteCidrCollectionOutput;

    fn run(
        input: &DeleteCidrCollectionInput,
        cx: &mut Context,
    ) -> Result<DeleteCidrCollectionOutput, ServiceError> {
        delete(&input.id, cx)?;
        Ok(DeleteCidrCollectionOutput {})
    }
}

/// Deletes a collection nobody needs.
pub fn delete(id: &str, cx: &mut Context) -> Result<(), ServiceError> {
    let collection = existing(id, cx)?;
    if !collection.locations.is_empty() || cx.find::<RecordSet>(OF_COLLECTION, id).next().is_some() {
        return Err(errors::cidr_collection_in_use(&collection.name));
    }
    manifest::forget(CidrCollection::KIND, id, cx);
    cx.delete::<CidrCollection>(id);
    Ok(())
}
