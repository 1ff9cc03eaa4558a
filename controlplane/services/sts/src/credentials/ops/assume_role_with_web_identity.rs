use crate::credentials::begin::{Beginning, begin, duration};
use crate::credentials::shapes::{self, AssumedRoleUser, Credentials, PolicyDescriptor};
use crate::credentials::trust::{self, Asked};
use crate::errors;
use crate::web_identity::{Claims, Token, Untrusted};
use controlplane_services_iam::entity::Entity;
use controlplane_services_iam::oidc_provider::OidcProvider;
use controlplane_services_iam::role::Role;
use controlplane_services_kernel::operation::Need;
use controlplane_services_kernel::{Access, Context, Operation, Reader, ServiceError};
use controlplane_types::AccountId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// A role for whom an OpenID Connect provider vouches. Nobody signs the request: the token in it is the proof.
///
/// The keys are fetched and the signature is checked beside the writer; there, the records are asked again, so that a provider
/// or client id that was removed in between counts. `ProviderId` is for providers that are no OpenID Connect ones, and not served.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>
pub(crate) struct AssumeRoleWithWebIdentity;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct AssumeRoleWithWebIdentityInput {
    pub(crate) role_arn: String,
    pub(crate) role_session_name: String,
    pub(crate) web_identity_token: Given,
    pub(crate) policy: Option<String>,
    pub(crate) policy_arns: Option<Vec<PolicyDescriptor>>,
    pub(crate) duration_seconds: Option<u32>,
    /// What the token says, once its signature was checked.
    #[serde(skip)]
    pub(crate) claims: Option<Claims>,
}

/// A token as it came; it stays out of logs.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Given(pub(crate) String);

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(a token)")
    }
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AssumeRoleWithWebIdentityOutput {
    pub(crate) assumed_role_user: AssumedRoleUser,
    pub(crate) credentials: Credentials,
    /// What the token says as `iss`.
    pub(crate) provider: String,
    /// The client id the token is for.
    pub(crate) audience: String,
    pub(crate) subject_from_web_identity_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) packed_policy_size: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source_identity: Option<String>,
}

impl AssumeRoleWithWebIdentityInput {
    /// The account of the role, which is where its providers are.
    fn role_account(&self) -> Result<AccountId, ServiceError> {
        shapes::role_account(&self.role_arn)
            .ok_or_else(|| errors::invalid(format!("{} is invalid", self.role_arn)))
    }
}

/// The provider a token is said to be of, as the role's account knows it.
fn provider<'r>(issuer: &str, account: &AccountId, cx: &'r Reader) -> Result<&'r OidcProvider, ServiceError> {
    let found = OidcProvider::find(&cx.view, account, issuer).map(|found| found.record);
    found.filter(|provider| provider.url == issuer).ok_or_else(|| errors::no_provider(issuer))
}

impl Operation for AssumeRoleWithWebIdentity {
    const NAME: &'static str = "AssumeRoleWithWebIdentity";
    type Input = AssumeRoleWithWebIdentityInput;
    type Output = AssumeRoleWithWebIdentityOutput;
    const REMEMBER: bool = false;
    const UNSIGNED: bool = true;
    const ASKS: bool = true;

    fn account(input: &AssumeRoleWithWebIdentityInput) -> Option<AccountId> {
        shapes::role_account(&input.role_arn)
    }

    /// The role is asked.
    fn accesses(_: &AssumeRoleWithWebIdentityInput, _: &Reader) -> Option<Vec<Access>> {
        Some(Vec::new())
    }

    fn needs(input: &AssumeRoleWithWebIdentityInput, cx: &Reader) -> Result<Vec<Need>, ServiceError> {
        let account = input.role_account()?;
        let token = Token::read(&input.web_identity_token.0).map_err(errors::untrusted)?;
        let OidcProvider { url, thumbprints, .. } = provider(&token.issuer, &account, cx)?.clone();
        Ok(vec![Need::ProviderKeys { url, thumbprints, key_id: token.key_id }])
    }

    fn learn(
        input: &mut AssumeRoleWithWebIdentityInput,
        found: &BTreeMap<Need, Value>,
    ) -> Result<(), ServiceError> {
        let found = found.values().next().unwrap_or(&Value::Null);
        let keys = found["keys"].as_array().ok_or_else(|| errors::no_keys(found["error"].as_str()))?;
        let token = Token::read(&input.web_identity_token.0).and_then(|token| token.signed_by(keys));
        input.claims = Some(token.map_err(errors::untrusted)?);
        Ok(())
    }

    fn run(
        input: &AssumeRoleWithWebIdentityInput,
        cx: &mut Context,
    ) -> Result<AssumeRoleWithWebIdentityOutput, ServiceError> {
        let account = input.role_account()?;
        let claims = input.claims.clone().ok_or_else(|| errors::untrusted(Untrusted::Signature))?;
        claims.hold_at(cx.now.as_secs()).map_err(|untimely| errors::untimely(untimely, cx.now))?;
        let provider = provider(&claims.issuer, &account, cx)?.clone();
        let audience = claims.client(&provider.client_ids).ok_or_else(errors::wrong_audience)?.to_owned();
        shapes::check_tags(&claims.tags)?;
        let role = Role::of_arn(&cx.view, &account, &input.role_arn).map(|found| found.record.clone());
        let role = role.ok_or_else(errors::web_identity_not_authorized)?;
        let asked = Asked {
            session_name: &input.role_session_name,
            external_id: None,
            source_identity: claims.source_identity.as_deref(),
            tags: &claims.tags,
            transitive: &claims.transitive,
        };
        trust::check_vouched(&role, &account, &asked, (&provider, &claims), cx)?;
        let beginning = Beginning {
            session_name: &input.role_session_name,
            secs: duration(input.duration_seconds, &role)?,
            policy: input.policy.as_deref(),
            policy_arns: input.policy_arns.as_deref(),
            tags: claims.tags,
            transitive: claims.transitive,
            source_identity: claims.source_identity.clone(),
            provider: Some(provider.arn(&account)),
        };
        let begun = begin(&role, &account, beginning, cx)?;
        Ok(AssumeRoleWithWebIdentityOutput {
            assumed_role_user: begun.user,
            credentials: begun.credentials,
            provider: format!("https://{}", claims.issuer),
            audience,
            subject_from_web_identity_token: claims.subject,
            packed_policy_size: begun.packed_policy_size,
            source_identity: claims.source_identity,
        })
    }
}
