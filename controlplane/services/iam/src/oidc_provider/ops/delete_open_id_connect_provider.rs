//! DeleteOpenIDConnectProvider. Roles that name it stay, and nobody gets into them by it any more.

use crate::entity::Entity;
use crate::oidc_provider::OidcProvider;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct DeleteOpenIDConnectProvider;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
pub struct DeleteOpenIDConnectProviderInput {
    #[serde(rename = "OpenIDConnectProviderArn")]
    pub(crate) arn: String,
}

impl Operation for DeleteOpenIDConnectProvider {
    const NAME: &'static str = "DeleteOpenIDConnectProvider";
    type Input = DeleteOpenIDConnectProviderInput;
    type Output = ();

    /// As AWS says it: one that is not there is refused.
    fn run(input: &DeleteOpenIDConnectProviderInput, cx: &mut Context) -> Result<(), ServiceError> {
        let id = OidcProvider::existing(&input.arn, cx)?.url.to_lowercase();
        cx.delete::<OidcProvider>(&id);
        Ok(())
    }
}
