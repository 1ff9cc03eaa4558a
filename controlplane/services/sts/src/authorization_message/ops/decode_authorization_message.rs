use crate::authorization_message::seal;
use crate::errors;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html>
pub(crate) struct DecodeAuthorizationMessage;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DecodeAuthorizationMessageInput {
    pub(crate) encoded_message: String,
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DecodeAuthorizationMessageOutput {
    pub(crate) decoded_message: String,
}

impl Query for DecodeAuthorizationMessage {
    const NAME: &'static str = "DecodeAuthorizationMessage";
    type Input = DecodeAuthorizationMessageInput;
    type Output = DecodeAuthorizationMessageOutput;

    fn run(
        input: &DecodeAuthorizationMessageInput,
        cx: &Reader,
    ) -> Result<DecodeAuthorizationMessageOutput, ServiceError> {
        let opened = seal::open(&input.encoded_message, &cx.caller.account, &cx.view);
        let decoded_message = opened.ok_or_else(errors::invalid_authorization_message)?;
        Ok(DecodeAuthorizationMessageOutput { decoded_message })
    }
}
