use super::NetworkInterfaceShape;
use super::shape::{AttachmentShape, GroupIdentifier};
use crate::attribute::{AttributeBooleanValue, AttributeValue};
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::network_interface::NetworkInterface;
use crate::resource::require;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkInterfaceAttribute.html>
pub(crate) struct DescribeNetworkInterfaceAttribute;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeNetworkInterfaceAttributeInput {
    pub(crate) network_interface_id: String,
    pub(crate) attribute: Option<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DescribeNetworkInterfaceAttributeInput);

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeNetworkInterfaceAttributeOutput {
    pub(crate) network_interface_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<AttributeValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) groups: Option<Vec<GroupIdentifier>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source_dest_check: Option<AttributeBooleanValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) attachment: Option<AttachmentShape>,
}

impl Query for DescribeNetworkInterfaceAttribute {
    const NAME: &'static str = "DescribeNetworkInterfaceAttribute";
    type Input = DescribeNetworkInterfaceAttributeInput;
    type Output = DescribeNetworkInterfaceAttributeOutput;

    fn run(
        input: &DescribeNetworkInterfaceAttributeInput,
        cx: &Reader,
    ) -> Result<DescribeNetworkInterfaceAttributeOutput, ServiceError> {
        let id = &input.network_interface_id;
        let shown = NetworkInterfaceShape::of(id, require::<NetworkInterface>(id, cx)?, cx);
        let attribute = input.attribute.as_deref().ok_or_else(|| errors::missing_parameter("Attribute"))?;
        let mut output = DescribeNetworkInterfaceAttributeOutput {
            network_interface_id: id.clone(),
            ..Default::default()
        };
        match attribute {
            "description" => output.description = Some(AttributeValue { value: shown.description }),
            "groupSet" => output.groups = Some(shown.groups),
            "sourceDestCheck" => {
                output.source_dest_check = Some(AttributeBooleanValue { value: shown.source_dest_check });
            }
            "attachment" => output.attachment = shown.attachment,
            other => return Err(errors::interface_attribute_not_served(other)),
        }
        Ok(output)
    }
}
