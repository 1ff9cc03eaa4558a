use crate::dry_run::may_dry_run;
use crate::instance::power;
use crate::instance::shape::InstanceStateChange;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StartInstances.html>
///
/// All or nothing. An instance starts on the node that has its root file system; without room there, none is started.
pub(crate) struct StartInstances;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct StartInstancesInput {
    pub(crate) instance_ids: Vec<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(StartInstancesInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct StartInstancesOutput {
    pub(crate) starting_instances: Vec<InstanceStateChange>,
}

impl Operation for StartInstances {
    const NAME: &'static str = "StartInstances";
    type Input = StartInstancesInput;
    type Output = StartInstancesOutput;

    fn run(input: &StartInstancesInput, cx: &mut Context) -> Result<StartInstancesOutput, ServiceError> {
        let starting_instances = power::each(&input.instance_ids, cx, power::start)?;
        Ok(StartInstancesOutput { starting_instances })
    }
}
