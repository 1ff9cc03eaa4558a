//! RemoveClientIDFromOpenIDConnectProvider. Said twice, it does no more than once.

use super::add_client_id_to_open_id_connect_provider::ClientIdInput;
use crate::entity::Entity;
use crate::oidc_provider::OidcProvider;
use controlplane_services_kernel::{Context, Operation, ServiceError};

/// See the module.
pub struct RemoveClientIDFromOpenIDConnectProvider;

impl Operation for RemoveClientIDFromOpenIDConnectProvider {
    const NAME: &'static str = "RemoveClientIDFromOpenIDConnectProvider";
    type Input = ClientIdInput;
    type Output = ();

    fn run(input: &ClientIdInput, cx: &mut Context) -> Result<(), ServiceError> {
        let mut provider = OidcProvider::existing(&input.arn, cx)?.clone();
        provider.client_ids.retain(|known| *known != input.client_id);
        provider.store(cx);
        Ok(())
    }
}
