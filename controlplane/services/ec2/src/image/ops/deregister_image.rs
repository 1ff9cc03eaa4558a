use crate::attribute::{DONE, ReturnOutput};
use crate::dry_run::may_dry_run;
use crate::image::types::{Image, deregister, require_own};
use controlplane_services_kernel::{Context, Operation, Record, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeregisterImage.html>
pub(crate) struct DeregisterImage;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DeregisterImageInput {
    pub(crate) image_id: String,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DeregisterImageInput);

impl Operation for DeregisterImage {
    const NAME: &'static str = "DeregisterImage";
    type Input = DeregisterImageInput;
    type Output = ReturnOutput;

    fn run(input: &DeregisterImageInput, cx: &mut Context) -> Result<ReturnOutput, ServiceError> {
        require_own(&input.image_id, cx)?;
        deregister(&input.image_id, cx);
        cx.event(Image::KIND, &input.image_id, "Deregistered", "the image can no longer be launched");
        Ok(DONE)
    }
}
