//! DeleteAlternateContact.

use crate::alternate_contact::AlternateContact;
use crate::errors;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct DeleteAlternateContact;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DeleteAlternateContactInput {
    alternate_contact_type: String,
}

impl Operation for DeleteAlternateContact {
    const NAME: &'static str = "DeleteAlternateContact";
    type Input = DeleteAlternateContactInput;
    type Output = ();

    fn run(input: &DeleteAlternateContactInput, cx: &mut Context) -> Result<(), ServiceError> {
        let kind = &input.alternate_contact_type;
        cx.get::<AlternateContact>(kind).ok_or_else(|| errors::no_alternate_contact(kind))?;
        cx.delete::<AlternateContact>(kind);
        Ok(())
    }
}
