use crate::dry_run::may_dry_run;
use crate::{errors, vpc};
use controlplane_services_kernel::quota::INTERFACE_SECURITY_GROUPS;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAccountAttributes.html>
pub(crate) struct DescribeAccountAttributes;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeAccountAttributesInput {
    pub(crate) attribute_names: Option<Vec<String>>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DescribeAccountAttributesInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeAccountAttributesOutput {
    pub(crate) account_attributes: Vec<AccountAttribute>,
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AccountAttribute {
    pub(crate) attribute_name: String,
    pub(crate) attribute_values: Vec<AccountAttributeValue>,
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AccountAttributeValue {
    pub(crate) attribute_value: String,
}

/// Limits on instances and elastic addresses, which AWS also shows, do not exist here.
const NAMES: [&str; 3] = ["supported-platforms", "default-vpc", "vpc-max-security-groups-per-interface"];

impl Query for DescribeAccountAttributes {
    const NAME: &'static str = "DescribeAccountAttributes";
    type Input = DescribeAccountAttributesInput;
    type Output = DescribeAccountAttributesOutput;

    fn run(
        input: &DescribeAccountAttributesInput,
        cx: &Reader,
    ) -> Result<DescribeAccountAttributesOutput, ServiceError> {
        let all = || NAMES.iter().map(|name| (*name).to_owned()).collect();
        let names: Vec<String> =
            input.attribute_names.clone().filter(|names| !names.is_empty()).unwrap_or_else(all);
        let attributes = names.into_iter().map(|name| attribute(name, cx)).collect::<Result<_, _>>()?;
        Ok(DescribeAccountAttributesOutput { account_attributes: attributes })
    }
}

fn attribute(attribute_name: String, cx: &Reader) -> Result<AccountAttribute, ServiceError> {
    let value = match attribute_name.as_str() {
        "supported-platforms" => "VPC".to_owned(),
        "default-vpc" => vpc::default_of(cx).unwrap_or_else(|| "none".to_owned()),
        "vpc-max-security-groups-per-interface" => INTERFACE_SECURITY_GROUPS.limit(cx).to_string(),
        other => return Err(errors::invalid_value(other, "attributeName", "There is no such attribute.")),
    };
    Ok(AccountAttribute {
        attribute_name,
        attribute_values: vec![AccountAttributeValue { attribute_value: value }],
    })
}
