use super::DhcpOptionsShape;
use crate::dhcp_options::validate::{self, DhcpConfiguration};
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::tag::{self, TagSpecification};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateDhcpOptions.html>
pub(crate) struct CreateDhcpOptions;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct CreateDhcpOptionsInput {
    pub(crate) dhcp_configurations: Vec<DhcpConfiguration>,
    pub(crate) tag_specifications: Option<Vec<TagSpecification>>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(CreateDhcpOptionsInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateDhcpOptionsOutput {
    pub(crate) dhcp_options: DhcpOptionsShape,
}

impl Operation for CreateDhcpOptions {
    const NAME: &'static str = "CreateDhcpOptions";
    type Input = CreateDhcpOptionsInput;
    type Output = CreateDhcpOptionsOutput;

    fn run(
        input: &CreateDhcpOptionsInput,
        cx: &mut Context,
    ) -> Result<CreateDhcpOptionsOutput, ServiceError> {
        let options = validate::options(&input.dhcp_configurations)?;
        let tags = tag::specified(input.tag_specifications.as_deref(), &errors::DHCP_OPTIONS)?;
        let id = cx.new_id("dopt-");
        cx.put(&id, options.clone());
        tag::add(&errors::DHCP_OPTIONS, &id, &tags, cx)?;
        Ok(CreateDhcpOptionsOutput { dhcp_options: DhcpOptionsShape::of(&id, &options, cx) })
    }
}
