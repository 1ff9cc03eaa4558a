use crate::credentials::shapes::{Credentials, PolicyDescriptor, Tag, tags, with_tags};
use crate::credentials::within::Within;
use crate::errors;
use crate::session_token;
use controlplane_services_iam::entity::Entity;
use controlplane_services_iam::user::User;
use controlplane_services_kernel::client::{Principal, Session, SessionOf};
use controlplane_services_kernel::{Access, Context, Operation, Reader, ServiceError};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What a user vouches for is at most what he may himself, and nothing unless he says what.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html>
pub(crate) struct GetFederationToken;

const DEFAULT_SECS: u32 = 12 * 3600;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct GetFederationTokenInput {
    pub(crate) name: String,
    pub(crate) policy: Option<String>,
    pub(crate) policy_arns: Option<Vec<PolicyDescriptor>>,
    pub(crate) duration_seconds: Option<u32>,
    pub(crate) tags: Option<Vec<Tag>>,
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetFederationTokenOutput {
    pub(crate) credentials: Credentials,
    pub(crate) federated_user: FederatedUser,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) packed_policy_size: Option<i32>,
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct FederatedUser {
    pub(crate) federated_user_id: String,
    pub(crate) arn: String,
}

impl Operation for GetFederationToken {
    const NAME: &'static str = "GetFederationToken";
    type Input = GetFederationTokenInput;
    type Output = GetFederationTokenOutput;
    const REMEMBER: bool = false;

    fn accesses(input: &GetFederationTokenInput, cx: &Reader) -> Option<Vec<Access>> {
        let given = input.tags.as_deref().unwrap_or_default();
        let ask = with_tags(Access::to(arn(&input.name, cx)), given);
        let tag = (!given.is_empty()).then(|| ask.clone().by("sts:TagSession"));
        Some(std::iter::once(ask).chain(tag).collect())
    }

    fn run(
        input: &GetFederationTokenInput,
        cx: &mut Context,
    ) -> Result<GetFederationTokenOutput, ServiceError> {
        let (user, user_id) = vouching(cx)?;
        let account = cx.caller.account.clone();
        let arns = input.policy_arns.as_deref().unwrap_or_default();
        let within = Within::read(input.policy.as_deref(), arns, &account, cx)?;
        let packed_policy_size = within.packed();
        let secs = input.duration_seconds.unwrap_or(DEFAULT_SECS);
        let session = Session {
            of: SessionOf::Federated { user, user_id, name: input.name.clone() },
            issued_at: cx.now,
            expires_at: cx.now + Duration::from_secs(secs.into()),
            policy: within.policy,
            policy_arns: within.policy_arns,
            tags: tags(input.tags.as_deref().unwrap_or_default())?,
            transitive: Default::default(),
            source_identity: None,
            provider: None,
        };
        let expires_at = session.expires_at;
        let federated_user = FederatedUser {
            federated_user_id: format!("{account}:{}", input.name),
            arn: arn(&input.name, cx),
        };
        let issued = session_token::issue(account, session, cx)?;
        let credentials = Credentials::new(issued, expires_at);
        Ok(GetFederationTokenOutput { credentials, federated_user, packed_policy_size })
    }
}

/// Name and id of the user who asks. The account itself vouches for nobody here: what it may has no bounds.
fn vouching(cx: &Reader) -> Result<(String, String), ServiceError> {
    let name = match cx.caller.client.as_deref().map(|client| &client.principal) {
        Some(Principal::User(name)) => name,
        Some(Principal::Session(_)) => return Err(errors::of_a_session(GetFederationToken::NAME)),
        None | Some(Principal::Root | Principal::Unsigned) => {
            return Err(errors::only_users(GetFederationToken::NAME));
        }
    };
    let user = User::find(&cx.view, &cx.caller.account, name);
    let user = user.ok_or_else(|| errors::only_users(GetFederationToken::NAME))?.record;
    Ok((user.name.clone(), user.user_id.clone()))
}

fn arn(name: &str, cx: &Reader) -> String {
    format!("arn:aws:sts::{}:federated-user/{name}", cx.caller.account)
}
