use crate::client::Target;
use crate::error::CliError;
use crate::output;
use clap::Args;
use controlplane_proto::api::EnvironmentRequest;

/// Print what AWS clients need: eval "$(hearth env)"
///
/// Example: eval "$(hearth env)" && aws ec2 describe-instances
#[derive(Args, Debug)]
pub(crate) struct Env {}

impl Env {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        let environment = target.connect().await?.environment(EnvironmentRequest {}).await?.into_inner();
        output::write(&format!(
            "export AWS_ENDPOINT_URL={}\nexport AWS_DEFAULT_REGION={region}\nexport AWS_REGION={region}\n\
             export AWS_ACCESS_KEY_ID={}\nexport AWS_SECRET_ACCESS_KEY={}\n",
            environment.endpoint_url,
            environment.access_key_id,
            environment.secret_access_key,
            region = environment.region,
        ))?;
        if environment.cluster_authority {
            let bundle = std::path::absolute(target.pki().authorities_path())?;
            output::write(&format!("export AWS_CA_BUNDLE={}\n", bundle.display()))?;
        }
        Ok(())
    }
}
