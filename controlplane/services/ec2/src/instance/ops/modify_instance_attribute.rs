use crate::attribute::{AttributeBooleanValue, AttributeValue, NoOutput};
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::instance::{Instance, ShutdownBehavior};
use crate::resource::require;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceAttribute.html>
///
/// One attribute at a time, as at AWS. What belongs to the interface (groups, source and destination check) is modified
/// there.
pub(crate) struct ModifyInstanceAttribute;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ModifyInstanceAttributeInput {
    pub(crate) instance_id: String,
    pub(crate) disable_api_termination: Option<AttributeBooleanValue>,
    pub(crate) instance_initiated_shutdown_behavior: Option<AttributeValue>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(ModifyInstanceAttributeInput);

impl Operation for ModifyInstanceAttribute {
    const NAME: &'static str = "ModifyInstanceAttribute";
    type Input = ModifyInstanceAttributeInput;
    type Output = NoOutput;

    fn run(input: &ModifyInstanceAttributeInput, cx: &mut Context) -> Result<NoOutput, ServiceError> {
        let mut instance = require::<Instance>(&input.instance_id, cx)?.clone();
        match (&input.disable_api_termination, &input.instance_initiated_shutdown_behavior) {
            (Some(protect), None) => instance.disable_api_termination = protect.value,
            (None, Some(behavior)) => instance.shutdown_behavior = read(&behavior.value)?,
            _ => return Err(errors::one_instance_attribute()),
        }
        if cx.get::<Instance>(&input.instance_id) != Some(&instance) {
            cx.put(&input.instance_id, instance);
        }
        Ok(NoOutput {})
    }
}

fn read(text: &str) -> Result<ShutdownBehavior, ServiceError> {
    match text {
        "stop" => Ok(ShutdownBehavior::Stop),
        "terminate" => Ok(ShutdownBehavior::Terminate),
        other => Err(errors::invalid_value(
            other,
            "instanceInitiatedShutdownBehavior",
            "It is one of: stop, terminate.",
        )),
    }
}
