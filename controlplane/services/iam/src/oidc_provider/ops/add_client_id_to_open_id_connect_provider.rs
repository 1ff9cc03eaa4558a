//! AddClientIDToOpenIDConnectProvider. Said twice, it does no more than once.

use crate::entity::Entity;
use crate::oidc_provider::{OidcProvider, validate};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// Request; RemoveClientIDFromOpenIDConnectProvider has the same.
#[derive(Debug, Serialize, Deserialize)]
pub struct ClientIdInput {
    #[serde(rename = "OpenIDConnectProviderArn")]
    pub(crate) arn: String,
    #[serde(rename = "ClientID")]
    pub(crate) client_id: String,
}

/// See the module.
pub struct AddClientIDToOpenIDConnectProvider;

impl Operation for AddClientIDToOpenIDConnectProvider {
    const NAME: &'static str = "AddClientIDToOpenIDConnectProvider";
    type Input = ClientIdInput;
    type Output = ();

    fn run(input: &ClientIdInput, cx: &mut Context) -> Result<(), ServiceError> {
        let mut provider = OidcProvider::existing(&input.arn, cx)?.clone();
        validate::add_client_id(&mut provider.client_ids, &input.client_id)?;
        provider.store(cx);
        Ok(())
    }
}
