//! CreateOpenIDConnectProvider. Without thumbprints the provider's server is asked for its certificate.

use crate::entity::{self, Entity};
use crate::errors;
use crate::oidc_provider::{OidcProvider, validate};
use crate::tag::{self, Tag};
use controlplane_services_kernel::operation::Need;
use controlplane_services_kernel::{Context, Operation, Reader, ServiceError};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// See the module.
pub struct CreateOpenIDConnectProvider;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateOpenIDConnectProviderInput {
    pub(crate) url: String,
    #[serde(rename = "ClientIDList")]
    pub(crate) client_id_list: Option<Vec<String>>,
    pub(crate) thumbprint_list: Option<Vec<String>>,
    pub(crate) tags: Option<Vec<Tag>>,
    /// What the server showed, where nobody said what it has to show.
    #[serde(skip)]
    shown: Option<String>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateOpenIDConnectProviderOutput {
    #[serde(rename = "OpenIDConnectProviderArn")]
    open_id_connect_provider_arn: String,
    tags: Option<Vec<Tag>>,
}

impl CreateOpenIDConnectProviderInput {
    fn thumbprints(&self) -> &[String] {
        self.thumbprint_list.as_deref().unwrap_or_default()
    }
}

/// Checked before anybody is asked: a request that is refused shall not make the server call somebody.
fn new_provider(
    input: &CreateOpenIDConnectProviderInput,
    reader: &Reader,
) -> Result<OidcProvider, ServiceError> {
    let url = validate::url(&input.url)?;
    entity::room::<OidcProvider>(reader)?;
    entity::free::<OidcProvider>(&url, reader)?;
    Ok(OidcProvider {
        url,
        client_ids: validate::client_ids(input.client_id_list.as_deref().unwrap_or_default())?,
        thumbprints: validate::thumbprints(input.thumbprints())?,
        created_at: reader.now,
        tags: tag::given(input.tags.as_deref())?,
    })
}

impl Operation for CreateOpenIDConnectProvider {
    const NAME: &'static str = "CreateOpenIDConnectProvider";
    type Input = CreateOpenIDConnectProviderInput;
    type Output = CreateOpenIDConnectProviderOutput;
    const ASKS: bool = true;

    fn needs(input: &CreateOpenIDConnectProviderInput, cx: &Reader) -> Result<Vec<Need>, ServiceError> {
        let provider = new_provider(input, cx)?;
        let unknown = provider.thumbprints.is_empty();
        Ok(unknown.then_some(Need::ProviderThumbprint { url: provider.url }).into_iter().collect())
    }

    fn learn(
        input: &mut CreateOpenIDConnectProviderInput,
        found: &BTreeMap<Need, Value>,
    ) -> Result<(), ServiceError> {
        let shown = found.values().next().and_then(Value::as_str);
        input.shown = Some(shown.ok_or_else(errors::provider_unreachable)?.to_owned());
        Ok(())
    }

    fn run(
        input: &CreateOpenIDConnectProviderInput,
        cx: &mut Context,
    ) -> Result<CreateOpenIDConnectProviderOutput, ServiceError> {
        let mut provider = new_provider(input, cx)?;
        provider.thumbprints.extend(input.shown.clone());
        if provider.thumbprints.is_empty() {
            return Err(errors::thumbprint_needed());
        }
        let output = CreateOpenIDConnectProviderOutput {
            open_id_connect_provider_arn: provider.arn(&cx.caller.account),
            tags: tag::shown(&provider.tags),
        };
        provider.store(cx);
        Ok(output)
    }
}
