use crate::attribute::NoOutput;
use crate::dry_run::may_dry_run;
use crate::instance::power;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RebootInstances.html>
///
/// All or nothing. An instance keeps its node, addresses and root file system and does not leave `running`.
pub(crate) struct RebootInstances;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct RebootInstancesInput {
    pub(crate) instance_ids: Vec<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(RebootInstancesInput);

impl Operation for RebootInstances {
    const NAME: &'static str = "RebootInstances";
    type Input = RebootInstancesInput;
    type Output = NoOutput;

    fn run(input: &RebootInstancesInput, cx: &mut Context) -> Result<NoOutput, ServiceError> {
        power::each(&input.instance_ids, cx, power::reboot)?;
        Ok(NoOutput {})
    }
}
