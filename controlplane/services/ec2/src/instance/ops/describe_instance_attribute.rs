use crate::attribute::{AttributeBooleanValue, AttributeValue};
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::instance::shape::{GroupIdentifier, groups};
use crate::instance::{Instance, user_data};
use crate::network_interface;
use crate::resource::require;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceAttribute.html>
pub(crate) struct DescribeInstanceAttribute;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeInstanceAttributeInput {
    pub(crate) instance_id: String,
    pub(crate) attribute: String,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DescribeInstanceAttributeInput);

/// The attribute asked for; the others are absent.
#[derive(Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeInstanceAttributeOutput {
    pub(crate) instance_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) block_device_mappings: Option<[(); 0]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) disable_api_stop: Option<AttributeBooleanValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) disable_api_termination: Option<AttributeBooleanValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ebs_optimized: Option<AttributeBooleanValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ena_support: Option<AttributeBooleanValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) enclave_options: Option<EnclaveOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) groups: Option<Vec<GroupIdentifier>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) instance_initiated_shutdown_behavior: Option<AttributeValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) instance_type: Option<AttributeValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) product_codes: Option<[(); 0]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) root_device_name: Option<AttributeValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source_dest_check: Option<AttributeBooleanValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_data: Option<UserData>,
}

/// Empty when there is none.
#[derive(Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UserData {
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
}

/// Nothing here has enclaves.
#[derive(Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct EnclaveOptions {
    enabled: bool,
}

impl Query for DescribeInstanceAttribute {
    const NAME: &'static str = "DescribeInstanceAttribute";
    type Input = DescribeInstanceAttributeInput;
    type Output = DescribeInstanceAttributeOutput;

    fn run(
        input: &DescribeInstanceAttributeInput,
        cx: &Reader,
    ) -> Result<DescribeInstanceAttributeOutput, ServiceError> {
        let id = &input.instance_id;
        let instance = require::<Instance>(id, cx)?;
        let mut output = DescribeInstanceAttributeOutput { instance_id: id.clone(), ..Default::default() };
        let text = |value: &str| Some(AttributeValue { value: value.to_owned() });
        let yes_or_no = |value| Some(AttributeBooleanValue { value });
        match input.attribute.as_str() {
            "blockDeviceMapping" => output.block_device_mappings = Some([]),
            "disableApiStop" => output.disable_api_stop = yes_or_no(instance.disable_api_stop),
            "disableApiTermination" => {
                output.disable_api_termination = yes_or_no(instance.disable_api_termination)
            }
            "ebsOptimized" => output.ebs_optimized = yes_or_no(false),
            "enaSupport" => output.ena_support = yes_or_no(false),
            "enclaveOptions" => output.enclave_options = Some(EnclaveOptions::default()),
            "groupSet" => output.groups = Some(groups(id, cx)),
            "instanceInitiatedShutdownBehavior" => {
                output.instance_initiated_shutdown_behavior = text(instance.shutdown_behavior.as_str());
            }
            "instanceType" => output.instance_type = text(&instance.instance_type),
            "productCodes" => output.product_codes = Some([]),
            "rootDeviceName" => output.root_device_name = text("/dev/xvda"),
            "sourceDestCheck" => output.source_dest_check = yes_or_no(source_dest_check(id, cx)),
            "userData" => output.user_data = Some(shown_user_data(instance)),
            // What an image of a real machine has and a container's has not.
            "kernel" | "ramdisk" | "sriovNetSupport" => {}
            other => return Err(errors::attribute_not_served(other)),
        }
        Ok(output)
    }
}

fn source_dest_check(id: &str, cx: &Reader) -> bool {
    network_interface::of_instance(id, cx).first().is_none_or(|interface| interface.source_dest_check)
}

fn shown_user_data(instance: &Instance) -> UserData {
    UserData { value: instance.user_data.as_ref().map(|bytes| user_data::encode(bytes)) }
}
