//! ListRequestedServiceQuotaChangeHistory: oldest first.

use crate::errors;
use crate::request::{QuotaRequest, RequestShown};
use controlplane_services_kernel::{Query, Reader, ServiceError, Stored, page};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ListRequestedServiceQuotaChangeHistory;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ListRequestedServiceQuotaChangeHistoryInput {
    service_code: Option<String>,
    status: Option<String>,
    next_token: Option<String>,
    max_results: Option<usize>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListRequestedServiceQuotaChangeHistoryOutput {
    requested_quotas: Vec<RequestShown>,
    next_token: Option<String>,
}

impl Query for ListRequestedServiceQuotaChangeHistory {
    const NAME: &'static str = "ListRequestedServiceQuotaChangeHistory";
    type Input = ListRequestedServiceQuotaChangeHistoryInput;
    type Output = ListRequestedServiceQuotaChangeHistoryOutput;

    fn run(
        input: &ListRequestedServiceQuotaChangeHistoryInput,
        cx: &Reader,
    ) -> Result<ListRequestedServiceQuotaChangeHistoryOutput, ServiceError> {
        let of_status = input.status.as_deref().is_none_or(|status| status == RequestShown::STATUS);
        let wanted = |request: &Stored<'_, QuotaRequest>| {
            of_status && input.service_code.as_ref().is_none_or(|service| request.service == *service)
        };
        let mut found: Vec<_> = cx.list::<QuotaRequest>().filter(wanted).collect();
        found.sort_by(|a, b| (a.at, a.key).cmp(&(b.at, b.key)));
        let shown = found.iter().map(|request| RequestShown::of(request.key.id(), request.record, cx));
        let page = page::numbered(shown, input.next_token.as_deref(), input.max_results);
        let (requested_quotas, next_token) = page.ok_or_else(errors::invalid_token)?;
        Ok(ListRequestedServiceQuotaChangeHistoryOutput { requested_quotas, next_token })
    }
}
