//! RequestServiceQuotaIncrease: granted at once, up to what the table says.

use crate::errors;
use crate::quota::existing;
use crate::request::{QuotaRequest, RequestShown};
use controlplane_services_kernel::quota::{GrantedQuota, Quota};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct RequestServiceQuotaIncrease;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct RequestServiceQuotaIncreaseInput {
    service_code: String,
    quota_code: String,
    desired_value: f64,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RequestServiceQuotaIncreaseOutput {
    requested_quota: RequestShown,
}

impl Operation for RequestServiceQuotaIncrease {
    const NAME: &'static str = "RequestServiceQuotaIncrease";
    type Input = RequestServiceQuotaIncreaseInput;
    type Output = RequestServiceQuotaIncreaseOutput;

    fn run(
        input: &RequestServiceQuotaIncreaseInput,
        cx: &mut Context,
    ) -> Result<RequestServiceQuotaIncreaseOutput, ServiceError> {
        let quota = existing(&input.service_code, &input.quota_code)?;
        let value = increase(quota, input.desired_value, quota.limit(cx))?;
        cx.put_at(quota.key(cx), GrantedQuota { value });
        let id = cx.random().hex(32);
        let request = QuotaRequest {
            service: quota.service.to_owned(),
            code: quota.code.to_owned(),
            value,
            at: cx.now,
            requester: cx.caller.principal.clone(),
        };
        cx.put(&id, request.clone());
        let requested_quota = RequestShown::of(&id, &request, cx);
        Ok(RequestServiceQuotaIncreaseOutput { requested_quota })
    }
}

/// What is wanted, if it is more than there is and no more than there may be.
fn increase(quota: &Quota, wanted: f64, current: usize) -> Result<usize, ServiceError> {
    if wanted.fract() != 0.0 || wanted <= current as f64 {
        return Err(errors::not_an_increase(current));
    }
    if wanted > quota.most as f64 {
        return Err(errors::beyond_the_most(quota.most));
    }
    Ok(wanted as usize)
}
