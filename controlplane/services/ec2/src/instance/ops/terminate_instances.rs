use crate::dry_run::may_dry_run;
use crate::errors;
use crate::instance::moves::{self, Cause};
use crate::instance::shape::InstanceState;
use crate::instance::{Instance, State};
use crate::resource::require;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TerminateInstances.html>
///
/// All or nothing: one id that leads nowhere, or one instance that is protected, and none is touched. Terminating twice is
/// fine.
pub(crate) struct TerminateInstances;

/// AWS's bound on one call.
const MOST: usize = 1000;

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

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct InstanceStateChange {
    pub(crate) instance_id: String,
    pub(crate) previous_state: InstanceState,
    pub(crate) current_state: InstanceState,
}

impl Operation for TerminateInstances {
    const NAME: &'static str = "TerminateInstances";
    type Input = TerminateInstancesInput;
    type Output = TerminateInstancesOutput;

    fn run(
        input: &TerminateInstancesInput,
        cx: &mut Context,
    ) -> Result<TerminateInstancesOutput, ServiceError> {
        if input.instance_ids.is_empty() {
            return Err(errors::missing_parameter("InstanceId"));
        }
        if input.instance_ids.len() > MOST {
            return Err(errors::too_many_ids(input.instance_ids.len(), MOST));
        }
        let mut terminating_instances = Vec::with_capacity(input.instance_ids.len());
        for id in &input.instance_ids {
            if require::<Instance>(id, cx)?.disable_api_termination {
                return Err(errors::termination_disabled(id));
            }
            let (previous, current) = terminate(id, cx)?;
            terminating_instances.push(InstanceStateChange {
                instance_id: id.clone(),
                previous_state: previous.into(),
                current_state: current.into(),
            });
        }
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
