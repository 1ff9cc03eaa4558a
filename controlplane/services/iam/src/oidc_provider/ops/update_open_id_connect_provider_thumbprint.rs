//! UpdateOpenIDConnectProviderThumbprint: other thumbprints in place of all there were.

use crate::entity::Entity;
use crate::errors;
use crate::oidc_provider::{OidcProvider, validate};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct UpdateOpenIDConnectProviderThumbprint;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateOpenIDConnectProviderThumbprintInput {
    #[serde(rename = "OpenIDConnectProviderArn")]
    pub(crate) arn: String,
    pub(crate) thumbprint_list: Vec<String>,
}

impl Operation for UpdateOpenIDConnectProviderThumbprint {
    const NAME: &'static str = "UpdateOpenIDConnectProviderThumbprint";
    type Input = UpdateOpenIDConnectProviderThumbprintInput;
    type Output = ();

    fn run(input: &UpdateOpenIDConnectProviderThumbprintInput, cx: &mut Context) -> Result<(), ServiceError> {
        let mut provider = OidcProvider::existing(&input.arn, cx)?.clone();
        provider.thumbprints = validate::thumbprints(&input.thumbprint_list)?;
        if provider.thumbprints.is_empty() {
            return Err(errors::thumbprint_needed());
        }
        provider.store(cx);
        Ok(())
    }
}
