//! How far a group may shrink and grow while members of it are replaced: AWS's instance maintenance policy.
//!
//! AWS counts in percent of the desired capacity. What has to stay in service is rounded up, what there may be at most is
//! rounded down, so neither promise is bent by rounding. Where the two leave no room to replace anything (both 100, or a
//! small group), one more instance than desired is allowed: AWS, too, starts the successor first then.
//!
//! Without a policy a group never falls below its desired capacity when members are moved, and a tenth of it moves at a
//! time; members that are ill are ended at once, since AWS's default for them is not to wait.
//!
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-instance-maintenance-policy.html>

use super::AutoScalingGroup;
use crate::errors;
use controlplane_services_kernel::ServiceError;
use minicbor::{Decode, Encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Without a policy one in so many of a group's instances moves at a time, at least one.
const SURGE_PART: usize = 10;
/// Said of both percentages it takes the policy away.
const CLEAR: i64 = -1;

/// A policy. Percent of the desired capacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct MaintenancePolicy {
    /// In service throughout: 0 to 100.
    #[n(0)]
    pub min_healthy: u32,
    /// In service or on their way there at most: 100 to 200.
    #[n(1)]
    pub max_healthy: u32,
}

/// A policy on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct MaintenancePolicyShape {
    /// 0 to 100, or -1.
    pub min_healthy_percentage: Option<i64>,
    /// 100 to 200, or -1.
    pub max_healthy_percentage: Option<i64>,
}

/// A policy in a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct MaintenancePolicySpec {
    /// So much of the desired capacity stays in service meanwhile, in percent: 0 to 100, or -1 for no policy.
    min_healthy_percentage: i64,
    /// So much of it there may be at most meanwhile, in percent: 100 to 200 and at most 100 above the other, or -1 for no policy.
    max_healthy_percentage: i64,
}

impl MaintenancePolicyShape {
    /// Says that there is no policy.
    pub(super) const NONE: Self =
        Self { min_healthy_percentage: Some(CLEAR), max_healthy_percentage: Some(CLEAR) };

    /// The policy meant, if it is one; `None` for one that is taken away.
    pub(super) fn checked(&self) -> Result<Option<MaintenancePolicy>, ServiceError> {
        let (Some(min), Some(max)) = (self.min_healthy_percentage, self.max_healthy_percentage) else {
            return Err(broken("MinHealthyPercentage and MaxHealthyPercentage must both be specified"));
        };
        match (min, max) {
            (CLEAR, CLEAR) => return Ok(None),
            (CLEAR, _) | (_, CLEAR) => {
                return Err(broken("-1 clears the policy and must be specified for both percentages"));
            }
            _ if !(0..=100).contains(&min) => {
                return Err(broken(&format!("MinHealthyPercentage: {min} is not from 0 to 100, or -1")));
            }
            _ if !(100..=200).contains(&max) => {
                return Err(broken(&format!("MaxHealthyPercentage: {max} is not from 100 to 200, or -1")));
            }
            _ if max - min > 100 => {
                return Err(broken(&format!(
                    "the difference between MaxHealthyPercentage ({max}) and MinHealthyPercentage ({min}) cannot be \
                     greater than 100"
                )));
            }
            _ => {}
        }
        Ok(Some(MaintenancePolicy { min_healthy: min as u32, max_healthy: max as u32 }))
    }
}

fn broken(rule: &str) -> ServiceError {
    errors::validation(format!("InstanceMaintenancePolicy: {rule}"))
}

impl From<MaintenancePolicy> for MaintenancePolicyShape {
    fn from(policy: MaintenancePolicy) -> Self {
        Self {
            min_healthy_percentage: Some(policy.min_healthy.into()),
            max_healthy_percentage: Some(policy.max_healthy.into()),
        }
    }
}

impl From<MaintenancePolicySpec> for MaintenancePolicyShape {
    fn from(spec: MaintenancePolicySpec) -> Self {
        Self {
            min_healthy_percentage: Some(spec.min_healthy_percentage),
            max_healthy_percentage: Some(spec.max_healthy_percentage),
        }
    }
}

impl From<MaintenancePolicy> for MaintenancePolicySpec {
    fn from(policy: MaintenancePolicy) -> Self {
        Self {
            min_healthy_percentage: policy.min_healthy.into(),
            max_healthy_percentage: policy.max_healthy.into(),
        }
    }
}

/// What a group's policy means for its size now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    /// Members in service that must be left.
    pub(super) least: usize,
    /// Healthy members there may be, those on their way into service included. Above the desired capacity unless the
    /// policy wants members ended before their successors start.
    pub(super) most: usize,
    /// Somebody ill that still runs serves on until its successor does.
    pub(super) ill_serve_on: bool,
}

impl Bounds {
    pub(super) fn of(group: &AutoScalingGroup) -> Self {
        let desired = group.desired_capacity as usize;
        let Some(policy) = group.maintenance_policy else {
            let surge = desired.div_ceil(SURGE_PART).max(1);
            return Self { least: desired, most: desired + surge, ill_serve_on: false };
        };
        let least = (desired * policy.min_healthy as usize).div_ceil(100);
        let most = desired * policy.max_healthy as usize / 100;
        let most = if most <= least { desired + 1 } else { most };
        Self { least, most, ill_serve_on: most > desired }
    }
}
