//! CreateQueryLoggingConfig: a zone has one at most.

use crate::errors;
use crate::hosted_zone;
use crate::query_logging_config::{QueryLoggingConfig, QueryLoggingConfigShown, log_group, of_zone};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct CreateQueryLoggingConfig;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateQueryLoggingConfigInput {
    hosted_zone_id: String,
    cloud_watch_logs_log_group_arn: String,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateQueryLoggingConfigOutput {
    query_logging_config: QueryLoggingConfigShown,
    location: String,
}

impl Operation for CreateQueryLoggingConfig {
    const NAME: &'static str = "CreateQueryLoggingConfig";
    type Input = CreateQueryLoggingConfigInput;
    type Output = CreateQueryLoggingConfigOutput;

    fn run(
        input: &CreateQueryLoggingConfigInput,
        cx: &mut Context,
    ) -> Result<CreateQueryLoggingConfigOutput, ServiceError> {
        let (zone_id, _) = hosted_zone::existing_public(&input.hosted_zone_id, "logged", cx)?;
        let arn = &input.cloud_watch_logs_log_group_arn;
        let log_group = log_group::name(arn, cx)?.to_owned();
        if of_zone(zone_id, cx).is_some() {
            return Err(errors::query_logging_config_already_exists(zone_id));
        }
        let config =
            QueryLoggingConfig { zone_id: zone_id.to_owned(), log_group_arn: arn.clone(), log_group };
        let id = cx.random().uuid();
        let output = CreateQueryLoggingConfigOutput {
            query_logging_config: QueryLoggingConfigShown::of(&id, &config),
            location: format!("/2013-04-01/queryloggingconfig/{id}"),
        };
        cx.put(&id, config);
        Ok(output)
    }
}
