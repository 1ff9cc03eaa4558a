//! GetOpenIDConnectProvider.

use crate::entity::Entity;
use crate::oidc_provider::OidcProvider;
use crate::tag::{self, Tag};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use controlplane_types::Timestamp;
use serde::{Deserialize, Serialize};

/// See the module.
pub struct GetOpenIDConnectProvider;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
pub struct GetOpenIDConnectProviderInput {
    #[serde(rename = "OpenIDConnectProviderArn")]
    arn: String,
}

/// Answer. The URL is without its scheme, as AWS gives it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetOpenIDConnectProviderOutput {
    url: String,
    #[serde(rename = "ClientIDList")]
    client_id_list: Vec<String>,
    thumbprint_list: Vec<String>,
    create_date: Timestamp,
    tags: Option<Vec<Tag>>,
}

impl Query for GetOpenIDConnectProvider {
    const NAME: &'static str = "GetOpenIDConnectProvider";
    type Input = GetOpenIDConnectProviderInput;
    type Output = GetOpenIDConnectProviderOutput;

    fn run(
        input: &GetOpenIDConnectProviderInput,
        reader: &Reader,
    ) -> Result<GetOpenIDConnectProviderOutput, ServiceError> {
        let provider = OidcProvider::existing(&input.arn, reader)?;
        Ok(GetOpenIDConnectProviderOutput {
            url: provider.url.clone(),
            client_id_list: provider.client_ids.clone(),
            thumbprint_list: provider.thumbprints.clone(),
            create_date: provider.created_at,
            tags: tag::shown(&provider.tags),
        })
    }
}
