//! CreateCidrCollection. The same name with the same reference answers the collection that exists.

use crate::cidr_collection::{CidrCollection, CollectionSummary, existing};
use crate::errors;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Collections of an account.
const COLLECTIONS_MAX: usize = 5;

/// See the module.
pub struct CreateCidrCollection;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateCidrCollectionInput {
    name: String,
    caller_reference: String,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateCidrCollectionOutput {
    collection: CollectionSummary,
    location: String,
}

impl Operation for CreateCidrCollection {
    const NAME: &'static str = "CreateCidrCollection";
    type Input = CreateCidrCollectionInput;
    type Output = CreateCidrCollectionOutput;

    fn run(
        input: &CreateCidrCollectionInput,
        cx: &mut Context,
    ) -> Result<CreateCidrCollectionOutput, ServiceError> {
        let id = create(&input.name, &input.caller_reference, cx)?;
        Ok(CreateCidrCollectionOutput {
            collection: CollectionSummary::of(&id, existing(&id, cx)?),
            location: format!("/2013-04-01/cidrcollection/{id}"),
        })
    }
}

/// Creates an empty collection; answers its id.
pub fn create(name: &str, caller_reference: &str, cx: &mut Context) -> Result<String, ServiceError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if !(1..=64).contains(&name.len()) || !name.bytes().all(plain) {
        return Err(errors::invalid_input(format!("Name: {name}: 1 to 64 letters, digits, '_' and '-'")));
    }
    if let Some(same) = cx.list::<CidrCollection>().find(|other| other.name == name) {
        if same.caller_reference == caller_reference {
            return Ok(same.key.id().to_owned());
        }
        return Err(errors::cidr_collection_already_exists(name));
    }
    if cx.list::<CidrCollection>().count() >= COLLECTIONS_MAX {
        return Err(errors::limits_exceeded("CIDR collections", COLLECTIONS_MAX));
    }
    let id = cx.random().uuid();
    let collection = CidrCollection {
        name: name.to_owned(),
        caller_reference: caller_reference.to_owned(),
        version: 1,
        locations: BTreeMap::new(),
    };
    cx.put(&id, collection);
    Ok(id)
}
