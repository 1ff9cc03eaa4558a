use crate::attribute::NoOutput;
use crate::dhcp_options::{DEFAULT, DhcpOptions};
use crate::dry_run::may_dry_run;
use crate::resource::require;
use crate::vpc::Vpc;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateDhcpOptions.html>
pub(crate) struct AssociateDhcpOptions;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct AssociateDhcpOptionsInput {
    pub(crate) dhcp_options_id: String,
    pub(crate) vpc_id: String,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(AssociateDhcpOptionsInput);

impl Operation for AssociateDhcpOptions {
    const NAME: &'static str = "AssociateDhcpOptions";
    type Input = AssociateDhcpOptionsInput;
    type Output = NoOutput;

    fn run(input: &AssociateDhcpOptionsInput, cx: &mut Context) -> Result<NoOutput, ServiceError> {
        let mut vpc = require::<Vpc>(&input.vpc_id, cx)?.clone();
        let id = &input.dhcp_options_id;
        vpc.dhcp_options_id = match id.as_str() {
            DEFAULT => None,
            _ => require::<DhcpOptions>(id, cx).map(|_| Some(id.clone()))?,
        };
        cx.put(&input.vpc_id, vpc);
        Ok(NoOutput {})
    }
}
