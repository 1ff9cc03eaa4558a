//! PutAccountName.

use crate::information::AccountInformation;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct PutAccountName;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PutAccountNameInput {
    account_name: String,
}

impl Operation for PutAccountName {
    const NAME: &'static str = "PutAccountName";
    type Input = PutAccountNameInput;
    type Output = ();

    fn run(input: &PutAccountNameInput, cx: &mut Context) -> Result<(), ServiceError> {
        cx.put(AccountInformation::ID, AccountInformation { name: input.account_name.clone() });
        Ok(())
    }
}
