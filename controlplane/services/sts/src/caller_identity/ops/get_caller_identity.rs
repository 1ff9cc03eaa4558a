use controlplane_services_iam::authorize::user_id;
use controlplane_services_kernel::{Access, Query, Reader, ServiceError};
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

    /// Everybody may, even whom a policy denies it: the refusal would tell the same.
    fn accesses(_: &GetCallerIdentityInput, _: &Reader) -> Option<Vec<Access>> {
        Some(Vec::new())
    }

    fn run(_: &GetCallerIdentityInput, cx: &Reader) -> Result<GetCallerIdentityOutput, ServiceError> {
        Ok(GetCallerIdentityOutput {
            user_id: user_id(&cx.caller, &cx.view),
            account: cx.caller.account.to_string(),
            arn: cx.caller.principal.clone(),
        })
    }
}
