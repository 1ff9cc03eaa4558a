use crate::dry_run::may_dry_run;
use crate::instance::power;
use crate::instance::shape::InstanceStateChange;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StopInstances.html>
///
/// All or nothing. Root file system, interfaces and private addresses stay; public addresses that were assigned
/// automatically go back to the pool. With `Force` the processes are killed without being asked to end.
pub(crate) struct StopInstances;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct StopInstancesInput {
    pub(crate) instance_ids: Vec<String>,
    pub(crate) force: Option<bool>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(StopInstancesInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct StopInstancesOutput {
    pub(crate) stopping_instances: Vec<InstanceStateChange>,
}

impl Operation for StopInstances {
    const NAME: &'static str = "StopInstances";
    type Input = StopInstancesInput;
    type Output = StopInstancesOutput;

    fn run(input: &StopInstancesInput, cx: &mut Context) -> Result<StopInstancesOutput, ServiceError> {
        let force = input.force.unwrap_or(false);
        let stopping_instances = power::each(&input.instance_ids, cx, |id, cx| power::stop(id, force, cx))?;
        Ok(StopInstancesOutput { stopping_instances })
    }
}
