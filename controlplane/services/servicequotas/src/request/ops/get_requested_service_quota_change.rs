//! GetRequestedServiceQuotaChange.

use crate::errors;
use crate::request::{QuotaRequest, RequestShown};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct GetRequestedServiceQuotaChange;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct GetRequestedServiceQuotaChangeInput {
    request_id: String,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetRequestedServiceQuotaChangeOutput {
    requested_quota: RequestShown,
}

impl Query for GetRequestedServiceQuotaChange {
    const NAME: &'static str = "GetRequestedServiceQuotaChange";
    type Input = GetRequestedServiceQuotaChangeInput;
    type Output = GetRequestedServiceQuotaChangeOutput;

    fn run(
        input: &GetRequestedServiceQuotaChangeInput,
        cx: &Reader,
    ) -> Result<GetRequestedServiceQuotaChangeOutput, ServiceError> {
        let id = &input.request_id;
        let found = cx.get::<QuotaRequest>(id).ok_or_else(|| errors::no_such_request(id))?;
        Ok(GetRequestedServiceQuotaChangeOutput { requested_quota: RequestShown::of(id, found, cx) })
    }
}
