//! ListCidrBlocks: by location, then block.

use crate::cidr_collection::{existing, paging};
use crate::errors;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ListCidrBlocks;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListCidrBlocksInput {
    collection_id: String,
    #[serde(default)]
    location_name: Option<String>,
    #[serde(default)]
    next_token: Option<String>,
    #[serde(default)]
    max_results: Option<String>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListCidrBlocksOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
    cidr_blocks: Vec<CidrBlockSummary>,
}

/// One block.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct CidrBlockSummary {
    cidr_block: String,
    location_name: String,
}

impl Query for ListCidrBlocks {
    const NAME: &'static str = "ListCidrBlocks";
    type Input = ListCidrBlocksInput;
    type Output = ListCidrBlocksOutput;

    fn run(input: &ListCidrBlocksInput, cx: &Reader) -> Result<ListCidrBlocksOutput, ServiceError> {
        let collection = existing(&input.collection_id, cx)?;
        if let Some(name) =
            input.location_name.as_ref().filter(|name| !collection.locations.contains_key(*name))
        {
            return Err(errors::no_such_cidr_location(name));
        }
        let paging = paging(input.next_token.as_deref(), input.max_results.as_deref())?;
        let wanted = |location: &str| input.location_name.as_deref().is_none_or(|name| name == location);
        let locations = collection.locations.iter().filter(|(location, _)| wanted(location));
        let blocks = locations.flat_map(|(location, blocks)| {
            blocks.iter().map(move |block| CidrBlockSummary {
                cidr_block: block.clone(),
                location_name: location.clone(),
            })
        });
        let position = |found: &CidrBlockSummary| format!("{} {}", found.location_name, found.cidr_block);
        let (cidr_blocks, next_token) = paging.cut(blocks, position);
        Ok(ListCidrBlocksOutput { next_token, cidr_blocks })
    }
}
