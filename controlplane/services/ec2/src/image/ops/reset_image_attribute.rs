use crate::attribute::NoOutput;
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::image::sharing;
use crate::image::types::require_own;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ResetImageAttribute.html>
///
/// The launch permissions can be reset: then the image is its owner's alone.
pub(crate) struct ResetImageAttribute;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ResetImageAttributeInput {
    pub(crate) image_id: String,
    pub(crate) attribute: String,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(ResetImageAttributeInput);

impl Operation for ResetImageAttribute {
    const NAME: &'static str = "ResetImageAttribute";
    type Input = ResetImageAttributeInput;
    type Output = NoOutput;

    fn run(input: &ResetImageAttributeInput, cx: &mut Context) -> Result<NoOutput, ServiceError> {
        if input.attribute != "launchPermission" {
            return Err(errors::attribute_not_served(&input.attribute));
        }
        let all = require_own(&input.image_id, cx)?.launch_permissions.clone();
        sharing::change(&input.image_id, Vec::new(), &all, cx)?;
        Ok(NoOutput {})
    }
}
