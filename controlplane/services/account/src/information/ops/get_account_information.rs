//! GetAccountInformation.

use crate::information::AccountInformation;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct GetAccountInformation;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct GetAccountInformationInput {}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetAccountInformationOutput {
    account_id: String,
    account_name: String,
    /// An account that can ask is.
    account_state: &'static str,
}

impl Query for GetAccountInformation {
    const NAME: &'static str = "GetAccountInformation";
    type Input = GetAccountInformationInput;
    type Output = GetAccountInformationOutput;

    fn run(_: &GetAccountInformationInput, cx: &Reader) -> Result<GetAccountInformationOutput, ServiceError> {
        let account_id = cx.caller.account.to_string();
        let found = cx.get::<AccountInformation>(AccountInformation::ID);
        let account_name = found.map_or_else(|| account_id.clone(), |found| found.name.clone());
        Ok(GetAccountInformationOutput { account_id, account_name, account_state: "ACTIVE" })
    }
}
