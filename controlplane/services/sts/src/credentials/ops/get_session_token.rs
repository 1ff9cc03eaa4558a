use crate::credentials::shapes::Credentials;
use crate::errors;
use crate::session_token;
use controlplane_services_iam::entity::Entity;
use controlplane_services_iam::user::User;
use controlplane_services_kernel::client::{Principal, Session, SessionOf};
use controlplane_services_kernel::{Access, Context, Operation, Reader, ServiceError};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html>
pub(crate) struct GetSessionToken;

const DEFAULT_SECS: u32 = 12 * 3600;
/// The account itself gets no longer ones.
const ROOT_SECS: u32 = 3600;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct GetSessionTokenInput {
    pub(crate) duration_seconds: Option<u32>,
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetSessionTokenOutput {
    pub(crate) credentials: Credentials,
}

impl Operation for GetSessionToken {
    const NAME: &'static str = "GetSessionToken";
    type Input = GetSessionTokenInput;
    type Output = GetSessionTokenOutput;
    const REMEMBER: bool = false;

    /// Everybody may get what he has already, for a while.
    fn accesses(_: &GetSessionTokenInput, _: &Reader) -> Option<Vec<Access>> {
        Some(Vec::new())
    }

    fn run(input: &GetSessionTokenInput, cx: &mut Context) -> Result<GetSessionTokenOutput, ServiceError> {
        let asked = input.duration_seconds.unwrap_or(DEFAULT_SECS);
        let (of, secs) = match cx.caller.client.as_deref().map(|client| &client.principal) {
            None | Some(Principal::Root) => (SessionOf::Root, asked.min(ROOT_SECS)),
            Some(Principal::User(name)) => {
                let found = User::find(&cx.view, &cx.caller.account, name);
                let user = found.ok_or_else(|| errors::only_users(Self::NAME))?.record;
                (SessionOf::User { name: user.name.clone(), user_id: user.user_id.clone() }, asked)
            }
            Some(Principal::Unsigned) => return Err(errors::only_users(Self::NAME)),
            Some(Principal::Session(_)) => return Err(errors::of_a_session(Self::NAME)),
        };
        let session = Session {
            of,
            issued_at: cx.now,
            expires_at: cx.now + Duration::from_secs(secs.into()),
            policy: None,
            policy_arns: Vec::new(),
            tags: Default::default(),
            transitive: Default::default(),
            source_identity: None,
            provider: None,
        };
        let expires_at = session.expires_at;
        let issued = session_token::issue(cx.caller.account.clone(), session, cx)?;
        Ok(GetSessionTokenOutput { credentials: Credentials::new(issued, expires_at) })
    }
}
