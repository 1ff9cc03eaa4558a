//! GetQueryLoggingConfig.

use crate::query_logging_config::{QueryLoggingConfigShown, existing};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct GetQueryLoggingConfig;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetQueryLoggingConfigInput {
    id: String,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetQueryLoggingConfigOutput {
    query_logging_config: QueryLoggingConfigShown,
}

impl Query for GetQueryLoggingConfig {
    const NAME: &'static str = "GetQueryLoggingConfig";
    type Input = GetQueryLoggingConfigInput;
    type Output = GetQueryLoggingConfigOutput;

    fn run(
        input: &GetQueryLoggingConfigInput,
        cx: &Reader,
    ) -> Result<GetQueryLoggingConfigOutput, ServiceError> {
        let config = existing(&input.id, cx)?;
        Ok(GetQueryLoggingConfigOutput {
            query_logging_config: QueryLoggingConfigShown::of(&input.id, config),
        })
    }
}
