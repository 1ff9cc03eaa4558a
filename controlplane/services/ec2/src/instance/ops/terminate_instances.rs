use crate::dry_run::may_dry_run;
use crate::errors;
use crate::instance::moves::{self, Cause};
use crate::instance::shape::InstanceStateChange;
use crate::instance::{Instance, State, power};
use crate::resource::require;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TerminateInstances.html>
///
/// All or nothing: one id that leads nowhere, or one instance that is protected, and none is touched. Terminating twice is
/// fine.
pub(crate) struct TerminateInstances;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct TerminateInstancesInput {
    pub(crate) instance_ids: Vec<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(TerminateInstancesInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TerminateInstancesOutput {
    pub(crate) terminating_instances: Vec<InstanceStateChange>,
}

impl Operation for TerminateInstances {
    const NAME: &'static str = "TerminateInstances";
    type Input = TerminateInstancesInput;
    type Output = TerminateInstancesOutput;

    fn run(
        input: &TerminateInstancesInput,
        cx: &mut Context,
    ) -> Result<TerminateInstancesOutput, ServiceError> {
        let terminating_instances = power::each(&input.instance_ids, cx, |id, cx| {
            if require::<Instance>(id, cx)?.disable_api_termination {
                return Err(errors::termination_disabled(id));
            }
            terminate(id, cx)
        })?;
        Ok(TerminateInstancesOutput { terminating_instances })
    }
}

/// Begins to end an instance, whether or not it is protected from the API; answers its state before and after.
pub fn terminate(id: &str, cx: &mut Context) -> Result<(State, State), ServiceError> {
    let previous = require::<Instance>(id, cx)?.state;
    let cause = Cause::user(cx.now);
    moves::shut_down(id, &cause, cx);
    Ok((previous, require::<Instance>(id, cx)?.state))
}
