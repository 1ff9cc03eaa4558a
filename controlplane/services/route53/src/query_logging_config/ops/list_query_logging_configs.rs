//! ListQueryLoggingConfigs: by id, or that of one zone.

use crate::query_logging_config::{QueryLoggingConfig, QueryLoggingConfigShown, of_zone};
use crate::{errors, hosted_zone, page};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ListQueryLoggingConfigs;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListQueryLoggingConfigsInput {
    #[serde(default)]
    hosted_zone_id: Option<String>,
    #[serde(default)]
    next_token: Option<String>,
    #[serde(default)]
    max_results: Option<String>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListQueryLoggingConfigsOutput {
    query_logging_configs: Vec<QueryLoggingConfigShown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Query for ListQueryLoggingConfigs {
    const NAME: &'static str = "ListQueryLoggingConfigs";
    type Input = ListQueryLoggingConfigsInput;
    type Output = ListQueryLoggingConfigsOutput;

    fn run(
        input: &ListQueryLoggingConfigsInput,
        cx: &Reader,
    ) -> Result<ListQueryLoggingConfigsOutput, ServiceError> {
        let (token, max) = (input.next_token.as_deref(), input.max_results.as_deref());
        let paging = page::Tokens::read(token, max, 100, errors::invalid_pagination_token)?;
        if let Some(zone_id) = &input.hosted_zone_id {
            let (zone_id, _) = hosted_zone::existing(zone_id, cx)?;
            let found = of_zone(zone_id, cx);
            let query_logging_configs = found.iter().map(QueryLoggingConfigShown::from).collect();
            return Ok(ListQueryLoggingConfigsOutput { query_logging_configs, next_token: None });
        }
        let (found, next_token) =
            paging.cut(cx.list::<QueryLoggingConfig>(), |config| config.key.id().to_owned());
        let query_logging_configs = found.iter().map(QueryLoggingConfigShown::from).collect();
        Ok(ListQueryLoggingConfigsOutput { query_logging_configs, next_token })
    }
}
