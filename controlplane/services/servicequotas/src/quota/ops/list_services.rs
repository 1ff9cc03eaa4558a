//! ListServices: those that have quotas here.

use crate::errors;
use controlplane_services_kernel::quota::SERVICES;
use controlplane_services_kernel::{Query, Reader, ServiceError, page};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ListServices;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ListServicesInput {
    next_token: Option<String>,
    max_results: Option<usize>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListServicesOutput {
    services: Vec<ServiceInfo>,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ServiceInfo {
    service_code: &'static str,
    service_name: &'static str,
}

impl Query for ListServices {
    const NAME: &'static str = "ListServices";
    type Input = ListServicesInput;
    type Output = ListServicesOutput;

    fn run(input: &ListServicesInput, _: &Reader) -> Result<ListServicesOutput, ServiceError> {
        let all =
            SERVICES.iter().map(|(service_code, service_name)| ServiceInfo { service_code, service_name });
        let page = page::numbered(all, input.next_token.as_deref(), input.max_results);
        let (services, next_token) = page.ok_or_else(errors::invalid_token)?;
        Ok(ListServicesOutput { services, next_token })
    }
}
