use controlplane_services_kernel::{Caller, Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>
pub(crate) struct GetCallerIdentity;

#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct GetCallerIdentityInput {}

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetCallerIdentityOutput {
    pub(crate) user_id: String,
    pub(crate) account: String,
    pub(crate) arn: String,
}

impl Query for GetCallerIdentity {
    const NAME: &'static str = "GetCallerIdentity";
    type Input = GetCallerIdentityInput;
    type Output = GetCallerIdentityOutput;

    fn run(_: &GetCallerIdentityInput, cx: &Reader) -> Result<GetCallerIdentityOutput, ServiceError> {
        Ok(GetCallerIdentityOutput {
            user_id: user_id(&cx.caller),
            account: cx.caller.account.to_string(),
            arn: cx.caller.principal.clone(),
        })
    }
}

/// The account's root is called by the account's id, everybody else by the last part of the ARN, which is unique in the
/// account.
fn user_id(caller: &Caller) -> String {
    match caller.principal.rsplit(['/', ':']).next() {
        None | Some("" | "root") => caller.account.to_string(),
        Some(name) => name.to_owned(),
    }
}
