//! GetContactInformation.

use crate::contact::ContactInformation;
use crate::errors;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct GetContactInformation;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct GetContactInformationInput {}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetContactInformationOutput {
    contact_information: ContactInformation,
}

impl Query for GetContactInformation {
    const NAME: &'static str = "GetContactInformation";
    type Input = GetContactInformationInput;
    type Output = GetContactInformationOutput;

    fn run(_: &GetContactInformationInput, cx: &Reader) -> Result<GetContactInformationOutput, ServiceError> {
        let found = cx.get::<ContactInformation>(ContactInformation::ID).cloned();
        let contact_information = found.ok_or_else(errors::no_contact_information)?;
        Ok(GetContactInformationOutput { contact_information })
    }
}
