//! ListServiceQuotas: what holds for the caller, of one service.

use crate::errors;
use crate::quota::{QuotaShown, of_service};
use controlplane_services_kernel::quota::Quota;
use controlplane_services_kernel::{Query, Reader, ServiceError, page};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ListServiceQuotas;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ListServiceQuotasInput {
    service_code: String,
    quota_code: Option<String>,
    next_token: Option<String>,
    max_results: Option<usize>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListServiceQuotasOutput {
    quotas: Vec<QuotaShown>,
    next_token: Option<String>,
}

impl Query for ListServiceQuotas {
    const NAME: &'static str = "ListServiceQuotas";
    type Input = ListServiceQuotasInput;
    type Output = ListServiceQuotasOutput;

    fn run(input: &ListServiceQuotasInput, cx: &Reader) -> Result<ListServiceQuotasOutput, ServiceError> {
        let quotas = of_service(&input.service_code)?;
        let wanted =
            |quota: &&'static Quota| input.quota_code.as_deref().is_none_or(|code| quota.code == code);
        let quotas = quotas.filter(wanted);
        let shown = quotas.map(|quota| QuotaShown::applied(quota, cx));
        let page = page::numbered(shown, input.next_token.as_deref(), input.max_results);
        let (quotas, next_token) = page.ok_or_else(errors::invalid_token)?;
        Ok(ListServiceQuotasOutput { quotas, next_token })
    }
}
