//! DescribeKey.

use crate::key::{KeyMetadata, existing};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct DescribeKey;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeKeyInput {
    key_id: String,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeKeyOutput {
    key_metadata: KeyMetadata,
}

impl Query for DescribeKey {
    const NAME: &'static str = "DescribeKey";
    type Input = DescribeKeyInput;
    type Output = DescribeKeyOutput;

    fn run(input: &DescribeKeyInput, cx: &Reader) -> Result<DescribeKeyOutput, ServiceError> {
        let (id, key) = existing(&input.key_id, cx)?;
        Ok(DescribeKeyOutput { key_metadata: KeyMetadata::of(id, key, cx) })
    }
}
