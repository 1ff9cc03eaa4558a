use super::modify_image_attribute::Permission;
use crate::attribute::AttributeValue;
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::image::types::require_own;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeImageAttribute.html>
///
/// Its owner may ask, nobody else.
pub(crate) struct DescribeImageAttribute;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeImageAttributeInput {
    pub(crate) image_id: String,
    pub(crate) attribute: String,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DescribeImageAttributeInput);

/// The attribute asked for; the others are absent.
#[derive(Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeImageAttributeOutput {
    pub(crate) image_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<AttributeValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) launch_permissions: Option<Vec<Permission>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) block_device_mappings: Option<[(); 0]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) product_codes: Option<[(); 0]>,
}

impl Query for DescribeImageAttribute {
    const NAME: &'static str = "DescribeImageAttribute";
    type Input = DescribeImageAttributeInput;
    type Output = DescribeImageAttributeOutput;

    fn run(
        input: &DescribeImageAttributeInput,
        cx: &Reader,
    ) -> Result<DescribeImageAttributeOutput, ServiceError> {
        let image = require_own(&input.image_id, cx)?;
        let mut output =
            DescribeImageAttributeOutput { image_id: input.image_id.clone(), ..Default::default() };
        match input.attribute.as_str() {
            "description" => output.description = Some(AttributeValue { value: image.description.clone() }),
            "launchPermission" => {
                let permissions = image.launch_permissions.iter().map(Permission::shown);
                output.launch_permissions = Some(permissions.collect());
            }
            "blockDeviceMapping" => output.block_device_mappings = Some([]),
            "productCodes" => output.product_codes = Some([]),
            // What an image of a real machine has and a container's has not.
            "kernel" | "ramdisk" | "sriovNetSupport" => {}
            other => return Err(errors::attribute_not_served(other)),
        }
        Ok(output)
    }
}
