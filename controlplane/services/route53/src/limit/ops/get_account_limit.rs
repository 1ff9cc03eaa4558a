//! GetAccountLimit: what Service Quotas shows and raises.

use crate::limit::Limit;
use crate::{DelegationSet, HealthCheck, HostedZone, TrafficPolicy, TrafficPolicyInstance};
use controlplane_services_kernel::quota::{
    DELEGATION_SETS, HEALTH_CHECKS, HOSTED_ZONES, TRAFFIC_POLICIES, TRAFFIC_POLICY_INSTANCES,
};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct GetAccountLimit;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetAccountLimitInput {
    r#type: AccountLimitType,
}

/// What there is a limit of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AccountLimitType {
    /// Health checks.
    MaxHealthChecksByOwner,
    /// Hosted zones.
    MaxHostedZonesByOwner,
    /// Traffic policy instances.
    MaxTrafficPolicyInstancesByOwner,
    /// Reusable delegation sets.
    MaxReusableDelegationSetsByOwner,
    /// Traffic policies.
    MaxTrafficPoliciesByOwner,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetAccountLimitOutput {
    limit: Limit<AccountLimitType>,
    count: usize,
}

impl Query for GetAccountLimit {
    const NAME: &'static str = "GetAccountLimit";
    type Input = GetAccountLimitInput;
    type Output = GetAccountLimitOutput;

    fn run(input: &GetAccountLimitInput, cx: &Reader) -> Result<GetAccountLimitOutput, ServiceError> {
        use AccountLimitType::*;
        let (quota, count) = match input.r#type {
            MaxHealthChecksByOwner => (&HEALTH_CHECKS, cx.list::<HealthCheck>().count()),
            MaxHostedZonesByOwner => (&HOSTED_ZONES, cx.list::<HostedZone>().count()),
            MaxTrafficPolicyInstancesByOwner => {
                (&TRAFFIC_POLICY_INSTANCES, cx.list::<TrafficPolicyInstance>().count())
            }
            MaxReusableDelegationSetsByOwner => (&DELEGATION_SETS, cx.list::<DelegationSet>().count()),
            MaxTrafficPoliciesByOwner => (&TRAFFIC_POLICIES, cx.list::<TrafficPolicy>().count()),
        };
        Ok(GetAccountLimitOutput { limit: Limit { r#type: input.r#type, value: quota.limit(cx) }, count })
    }
}
