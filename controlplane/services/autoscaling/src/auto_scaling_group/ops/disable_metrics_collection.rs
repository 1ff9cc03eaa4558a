//! DisableMetricsCollection. No group's metrics are collected yet, so there is nothing to be written down, and enabling is refused
//! by name. Ansible disables them with every change of a group.

use crate::auto_scaling_group::validate;
use crate::errors;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct DisableMetricsCollection;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DisableMetricsCollectionInput {
    auto_scaling_group_name: String,
    metrics: Option<Vec<String>>,
}

/// What AWS has metrics of: <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DisableMetricsCollection.html>
const METRICS: [&str; 20] = [
    "GroupMinSize",
    "GroupMaxSize",
    "GroupDesiredCapacity",
    "GroupInServiceInstances",
    "GroupPendingInstances",
    "GroupStandbyInstances",
    "GroupTerminatingInstances",
    "GroupTotalInstances",
    "GroupInServiceCapacity",
    "GroupPendingCapacity",
    "GroupStandbyCapacity",
    "GroupTerminatingCapacity",
    "GroupTotalCapacity",
    "WarmPoolDesiredCapacity",
    "WarmPoolWarmedCapacity",
    "WarmPoolPendingCapacity",
    "WarmPoolTerminatingCapacity",
    "WarmPoolTotalCapacity",
    "GroupAndWarmPoolDesiredCapacity",
    "GroupAndWarmPoolTotalCapacity",
];

impl Query for DisableMetricsCollection {
    const NAME: &'static str = "DisableMetricsCollection";
    type Input = DisableMetricsCollectionInput;
    type Output = ();

    fn run(input: &DisableMetricsCollectionInput, cx: &Reader) -> Result<(), ServiceError> {
        validate::existing(&input.auto_scaling_group_name, cx)?;
        let unknown = |metric: &&String| !METRICS.contains(&metric.as_str());
        match input.metrics.iter().flatten().find(unknown) {
            Some(metric) => Err(errors::validation(format!("Metrics: {metric} is no metric of a group"))),
            None => Ok(()),
        }
    }
}
