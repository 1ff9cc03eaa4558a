//! Every action of Service Quotas that is served, one line each.

use crate::quota::ops::{
    get_aws_default_service_quota, get_service_quota, list_aws_default_service_quotas, list_service_quotas,
    list_services,
};
use crate::request::ops::{
    get_requested_service_quota_change, list_requested_service_quota_change_history,
    request_service_quota_increase,
};
use controlplane_services_kernel::OperationEntry;

pub(crate) const OPERATIONS: &[OperationEntry] = &[
    OperationEntry::read::<get_aws_default_service_quota::GetAwsDefaultServiceQuota>(),
    OperationEntry::read::<get_requested_service_quota_change::GetRequestedServiceQuotaChange>(),
    OperationEntry::read::<get_service_quota::GetServiceQuota>(),
    OperationEntry::read::<list_aws_default_service_quotas::ListAwsDefaultServiceQuotas>(),
    OperationEntry::read::<list_requested_service_quota_change_history::ListRequestedServiceQuotaChangeHistory>(
    ),
    OperationEntry::read::<list_service_quotas::ListServiceQuotas>(),
    OperationEntry::read::<list_services::ListServices>(),
    OperationEntry::write::<request_service_quota_increase::RequestServiceQuotaIncrease>(),
];
