use super::agent::host_name;
use crate::client::Target;
use crate::enroll::{JoinFlags, enroll};
use crate::error::CliError;
use crate::output::{self, Format};
use clap::{Args, Subcommand};
use clap_complete::engine::ArgValueCandidates;
use controlplane_proto::api::GetRequest;
use controlplane_proto::identity::RevokeRequest;
use controlplane_proto::identity::identity_client::IdentityClient;
use controlplane_raft::TokioRuntime;
use controlplane_server::pki::Role;
use controlplane_types::Runtime;
use std::sync::Arc;
use tonic::Response;
use tonic::transport::Channel;

/// Certificates of the cluster: who may speak, and who may not any more
#[derive(Subcommand, Debug)]
pub(crate) enum Certificate {
    List(List),
    Revoke(Revoke),
    Request(Request),
}

/// Show every certificate that was issued and has not expired
///
/// Example: hearth certificate list -o wide
#[derive(Args, Debug)]
pub(crate) struct List {
    #[arg(short, long, default_value = "table", help = Format::HELP, add = ArgValueCandidates::new(Format::candidates))]
    output: Format,
}

/// Take certificates back: they are refused from now on, and connections that hold one are cut
///
/// Example: hearth certificate revoke agent/rack1-a
#[derive(Args, Debug)]
pub(crate) struct Revoke {
    /// A serial number, or ROLE/NAME for all that this one holds
    #[arg(value_name = "SERIAL|ROLE/NAME")]
    target: String,
}

/// Get an administrator's certificate for this data folder with a token of role client
///
/// Example: hearth certificate request --join 10.0.0.1:4567 --token hearth1...
#[derive(Args, Debug)]
pub(crate) struct Request {
    #[command(flatten)]
    join: JoinFlags,
    /// Name of the administrator [default: the host name]
    #[arg(long)]
    name: Option<String>,
}

impl Certificate {
    /// A request fills this machine's own folder.
    pub(super) fn is_local(&self) -> bool {
        matches!(self, Self::Request(_))
    }

    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        match self {
            Self::List(list) => list.run(target).await,
            Self::Revoke(revoke) => revoke.run(target).await,
            Self::Request(request) => request.run(target).await,
        }
    }
}

impl List {
    async fn run(self, target: &Target) -> Result<(), CliError> {
        let request = GetRequest { kind: "certificate".to_owned(), ..GetRequest::default() };
        let response = target.connect().await?.get(request).await?.into_inner();
        output::print(&response.columns, &response.rows, &self.output, false)
    }
}

impl Revoke {
    async fn run(self, target: &Target) -> Result<(), CliError> {
        let request = RevokeRequest { target: self.target.clone() };
        let call = |mut client: IdentityClient<Channel>| {
            let request = request.clone();
            async move { client.revoke(request).await.map(Response::into_inner) }
        };
        let revoked = target.ask_identity(call).await?;
        if revoked.serials.is_empty() {
            return output::write(&format!("{} was revoked before\n", self.target));
        }
        revoked
            .serials
            .iter()
            .try_for_each(|serial| output::write(&format!("certificate/{serial} revoked\n")))
    }
}

impl Request {
    async fn run(self, target: &Target) -> Result<(), CliError> {
        let runtime: Arc<dyn Runtime> = TokioRuntime::current();
        let name = self.name.map_or_else(host_name, Ok)?;
        let credentials = enroll(&self.join, Role::Client, &name, target, &runtime).await?;
        let holder = credentials.holder();
        output::write(&format!("certificate/{} for {}\n", holder.serial, holder.display_name()))
    }
}
