use crate::client::Target;
use crate::error::CliError;
use crate::output;
use clap::Args;
use controlplane_proto::api::StatusRequest;

/// Print this program's version and, if it can be reached, the region's state
///
/// Example: hearth version
#[derive(Args, Debug)]
pub(crate) struct Version {
    /// Only this program's
    #[arg(long)]
    client: bool,
}

impl Version {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        output::write(&format!("client: {}\n", env!("CARGO_PKG_VERSION")))?;
        if self.client {
            return Ok(());
        }
        let Ok(mut client) = target.connect().await else {
            return output::write("server: not reachable\n");
        };
        let status = client.status(StatusRequest {}).await?.into_inner();
        output::write(&format!(
            "server: {}\nregion: {}\naccount: {}\ncluster: {}\nleader: {}\nnodes: {} of {} ready\ndns servers: {}\n\
             applied index: {}\n",
            status.version,
            status.region,
            status.account_id,
            status.cluster_id,
            status.leader,
            status.nodes_ready,
            status.nodes,
            status.dns_servers,
            status.applied_index,
        ))
    }
}
