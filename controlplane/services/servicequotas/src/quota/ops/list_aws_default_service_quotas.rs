//! ListAWSDefaultServiceQuotas: what holds for who never asked for more, of one service.

use crate::errors;
use crate::quota::{QuotaShown, of_service};
use controlplane_services_kernel::{Query, Reader, ServiceError, page};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ListAwsDefaultServiceQuotas;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ListAwsDefaultServiceQuotasInput {
    service_code: String,
    next_token: Option<String>,
    max_results: Option<usize>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListAwsDefaultServiceQuotasOutput {
    quotas: Vec<QuotaShown>,
    next_token: Option<String>,
}

impl Query for ListAwsDefaultServiceQuotas {
    const NAME: &'static str = "ListAWSDefaultServiceQuotas";
    type Input = ListAwsDefaultServiceQuotasInput;
    type Output = ListAwsDefaultServiceQuotasOutput;

    fn run(
        input: &ListAwsDefaultServiceQuotasInput,
        cx: &Reader,
    ) -> Result<ListAwsDefaultServiceQuotasOutput, ServiceError> {
        let quotas = of_service(&input.service_code)?;
        let shown = quotas.map(|quota| QuotaShown::default_of(quota, cx));
        let page = page::numbered(shown, input.next_token.as_deref(), input.max_results);
        let (quotas, next_token) = page.ok_or_else(errors::invalid_token)?;
        Ok(ListAwsDefaultServiceQuotasOutput { quotas, next_token })
    }
}
