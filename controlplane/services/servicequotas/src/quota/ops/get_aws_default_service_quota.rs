//! GetAWSDefaultServiceQuota: what holds for who never asked for more.

use crate::quota::{QuotaShown, existing};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct GetAwsDefaultServiceQuota;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct GetAwsDefaultServiceQuotaInput {
    service_code: String,
    quota_code: String,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetAwsDefaultServiceQuotaOutput {
    quota: QuotaShown,
}

impl Query for GetAwsDefaultServiceQuota {
    const NAME: &'static str = "GetAWSDefaultServiceQuota";
    type Input = GetAwsDefaultServiceQuotaInput;
    type Output = GetAwsDefaultServiceQuotaOutput;

    fn run(
        input: &GetAwsDefaultServiceQuotaInput,
        cx: &Reader,
    ) -> Result<GetAwsDefaultServiceQuotaOutput, ServiceError> {
        let quota = existing(&input.service_code, &input.quota_code)?;
        Ok(GetAwsDefaultServiceQuotaOutput { quota: QuotaShown::default_of(quota, cx) })
    }
}
