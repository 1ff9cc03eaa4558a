use crate::errors;
use crate::session_token;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use controlplane_services_native::AccessKey;
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html>
pub(crate) struct GetAccessKeyInfo;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct GetAccessKeyInfoInput {
    pub(crate) access_key_id: String,
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetAccessKeyInfoOutput {
    pub(crate) account: String,
}

impl Query for GetAccessKeyInfo {
    const NAME: &'static str = "GetAccessKeyInfo";
    type Input = GetAccessKeyInfoInput;
    type Output = GetAccessKeyInfoOutput;

    fn run(input: &GetAccessKeyInfoInput, cx: &Reader) -> Result<GetAccessKeyInfoOutput, ServiceError> {
        let id = &input.access_key_id;
        let known = || AccessKey::find(&cx.view, id).map(|key| key.account.clone());
        let account = match session_token::is_temporary(id) {
            true => session_token::account_of(id),
            false => known(),
        };
        let account =
            account.ok_or_else(|| errors::invalid(format!("The access key {id} does not exist")))?;
        Ok(GetAccessKeyInfoOutput { account: account.to_string() })
    }
}
