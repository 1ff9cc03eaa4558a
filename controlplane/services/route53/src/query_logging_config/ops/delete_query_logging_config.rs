//! DeleteQueryLoggingConfig: what was logged stays.

use crate::query_logging_config::{QueryLoggingConfig, existing};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct DeleteQueryLoggingConfig;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteQueryLoggingConfigInput {
    id: String,
}

/// Answer.
#[derive(Debug, Serialize)]
pub struct DeleteQueryLoggingConfigOutput {}

impl Operation for DeleteQueryLoggingConfig {
    const NAME: &'static str = "DeleteQueryLoggingConfig";
    type Input = DeleteQueryLoggingConfigInput;
    type Output = DeleteQueryLoggingConfigOutput;

    fn run(
        input: &DeleteQueryLoggingConfigInput,
        cx: &mut Context,
    ) -> Result<DeleteQueryLoggingConfigOutput, ServiceError> {
        existing(&input.id, cx)?;
        cx.delete::<QueryLoggingConfig>(&input.id);
        Ok(DeleteQueryLoggingConfigOutput {})
    }
}
