//! GetServiceQuota: what holds for the caller.

use crate::quota::{QuotaShown, existing};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct GetServiceQuota;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct GetServiceQuotaInput {
    service_code: String,
    quota_code: String,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetServiceQuotaOutput {
    quota: QuotaShown,
}

impl Query for GetServiceQuota {
    const NAME: &'static str = "GetServiceQuota";
    type Input = GetServiceQuotaInput;
    type Output = GetServiceQuotaOutput;

    fn run(input: &GetServiceQuotaInput, cx: &Reader) -> Result<GetServiceQuotaOutput, ServiceError> {
        let quota = existing(&input.service_code, &input.quota_code)?;
        Ok(GetServiceQuotaOutput { quota: QuotaShown::applied(quota, cx) })
    }
}
