//! PutContactInformation.

use crate::contact::ContactInformation;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct PutContactInformation;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PutContactInformationInput {
    contact_information: ContactInformation,
}

impl Operation for PutContactInformation {
    const NAME: &'static str = "PutContactInformation";
    type Input = PutContactInformationInput;
    type Output = ();

    fn run(input: &PutContactInformationInput, cx: &mut Context) -> Result<(), ServiceError> {
        cx.put(ContactInformation::ID, input.contact_information.clone());
        Ok(())
    }
}
