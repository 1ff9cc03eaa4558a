//! GetAlternateContact.

use crate::alternate_contact::AlternateContact;
use crate::errors;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct GetAlternateContact;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct GetAlternateContactInput {
    alternate_contact_type: String,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetAlternateContactOutput {
    alternate_contact: AlternateContact,
}

impl Query for GetAlternateContact {
    const NAME: &'static str = "GetAlternateContact";
    type Input = GetAlternateContactInput;
    type Output = GetAlternateContactOutput;

    fn run(input: &GetAlternateContactInput, cx: &Reader) -> Result<GetAlternateContactOutput, ServiceError> {
        let kind = &input.alternate_contact_type;
        let found = cx.get::<AlternateContact>(kind).cloned();
        let alternate_contact = found.ok_or_else(|| errors::no_alternate_contact(kind))?;
        Ok(GetAlternateContactOutput { alternate_contact })
    }
}
