use crate::dry_run::may_dry_run;
use crate::errors;
use crate::instance::shape::MetadataOptionsShape;
use crate::instance::{Instance, State};
use crate::launch_template::{self, MetadataOptionsRequest};
use crate::resource::require;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceMetadataOptions.html>
///
/// What is not said stays as it is. The node's metadata service follows within a moment, without a restart.
pub(crate) struct ModifyInstanceMetadataOptions;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ModifyInstanceMetadataOptionsInput {
    pub(crate) instance_id: String,
    pub(crate) http_tokens: Option<String>,
    pub(crate) http_put_response_hop_limit: Option<i32>,
    pub(crate) http_endpoint: Option<String>,
    pub(crate) instance_metadata_tags: Option<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(ModifyInstanceMetadataOptionsInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ModifyInstanceMetadataOptionsOutput {
    pub(crate) instance_id: String,
    pub(crate) instance_metadata_options: MetadataOptionsShape,
}

impl Operation for ModifyInstanceMetadataOptions {
    const NAME: &'static str = "ModifyInstanceMetadataOptions";
    type Input = ModifyInstanceMetadataOptionsInput;
    type Output = ModifyInstanceMetadataOptionsOutput;

    fn run(
        input: &ModifyInstanceMetadataOptionsInput,
        cx: &mut Context,
    ) -> Result<ModifyInstanceMetadataOptionsOutput, ServiceError> {
        let said = MetadataOptionsRequest {
            http_tokens: input.http_tokens.clone(),
            http_put_response_hop_limit: input.http_put_response_hop_limit,
            http_endpoint: input.http_endpoint.clone(),
            instance_metadata_tags: input.instance_metadata_tags.clone(),
        };
        let instance_metadata_options = modify(&input.instance_id, &said, cx)?;
        Ok(ModifyInstanceMetadataOptionsOutput {
            instance_id: input.instance_id.clone(),
            instance_metadata_options,
        })
    }
}

/// Changes what is said and answers the options in force.
pub(in crate::instance) fn modify(
    id: &str,
    said: &MetadataOptionsRequest,
    cx: &mut Context,
) -> Result<MetadataOptionsShape, ServiceError> {
    if *said == MetadataOptionsRequest::default() {
        return Err(errors::missing_parameter(
            "HttpTokens, HttpPutResponseHopLimit, HttpEndpoint or InstanceMetadataTags",
        ));
    }
    launch_template::check_metadata_options(Some(said))?;
    let mut instance = require::<Instance>(id, cx)?.clone();
    if matches!(instance.state, State::ShuttingDown | State::Terminated) {
        return Err(errors::not_in_state_to(id, "modified"));
    }
    let options = instance.metadata_options.overridden_by(said);
    if options != instance.metadata_options {
        instance.metadata_options = options;
        cx.put(id, instance);
    }
    Ok(MetadataOptionsShape::of(&options))
}
