//! ListOpenIDConnectProviders: all of them, which are few.

use crate::entity::Entity;
use crate::oidc_provider::OidcProvider;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ListOpenIDConnectProviders;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
pub struct ListOpenIDConnectProvidersInput {}

/// Answer.
#[derive(Debug, Serialize)]
pub struct ListOpenIDConnectProvidersOutput {
    #[serde(rename = "OpenIDConnectProviderList")]
    providers: Vec<Listed>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    arn: String,
}

impl Query for ListOpenIDConnectProviders {
    const NAME: &'static str = "ListOpenIDConnectProviders";
    type Input = ListOpenIDConnectProvidersInput;
    type Output = ListOpenIDConnectProvidersOutput;

    fn run(
        _: &ListOpenIDConnectProvidersInput,
        reader: &Reader,
    ) -> Result<ListOpenIDConnectProvidersOutput, ServiceError> {
        let all = reader.list::<OidcProvider>();
        let providers = all.map(|found| Listed { arn: found.record.arn(&reader.caller.account) }).collect();
        Ok(ListOpenIDConnectProvidersOutput { providers })
    }
}
