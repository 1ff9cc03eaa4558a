//! Coming in: the first certificate of a machine, for a token or on an administrator's word.

use super::credentials::pinned_connector;
pub(crate) use super::redirect::LEADER_KEY;
pub use super::redirect::{CallError, ask_leader};
use super::{Credentials, Folder, KeyAndRequest, PkiError, Role, Token};
use crate::writer::CLUSTER_VERSION;
use controlplane_proto::identity as api;
use controlplane_proto::tls::Connector;
use controlplane_types::Runtime;
use std::fmt;

/// Who wants to come in, and where.
#[derive(Clone, Debug)]
pub struct JoinRequest {
    /// gRPC addresses of servers, `HOST:PORT`; one that answers is enough.
    pub servers: Vec<String>,
    /// As what.
    pub role: Role,
    /// Name of the node, DNS server or administrator; of a server only for people, since its number is its name.
    pub name: String,
    /// What only a new server says.
    pub server: Option<NewServer>,
}

/// What a new server says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewServer {
    /// Its gRPC address as other servers reach it.
    pub grpc_address: String,
    /// Its AWS address as clients reach it.
    pub aws_address: String,
    /// The region it is started for; refused when it is not the cluster's.
    pub region: String,
    /// The account it is started for, likewise.
    pub account_id: String,
}

/// What a machine that has come in needs.
pub struct Joined {
    /// Certificate chain, PEM.
    pub certificate: String,
    /// The key that was made for it, PEM.
    pub key: String,
    /// Whom to trust, PEM.
    pub authorities: String,
    /// Which cluster this is.
    pub cluster_id: String,
    /// gRPC addresses of its servers.
    pub servers: Vec<String>,
    /// The new server's number.
    pub number: Option<u64>,
    /// The authority's key, for a new server.
    pub authority_key: Option<String>,
}

/// Keys stay out of logs.
impl fmt::Debug for Joined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Joined");
        debug.field("cluster_id", &self.cluster_id).field("servers", &self.servers);
        debug.field("number", &self.number).finish_non_exhaustive()
    }
}

impl Joined {
    /// Keeps what was given.
    pub fn install(&self, folder: &Folder, role: Role) -> Result<(), PkiError> {
        if let Some(key) = &self.authority_key {
            folder.install_authority_key(key)?;
        }
        folder.install(role, &self.certificate, &self.key, &self.authorities)
    }
}

/// Comes in with a token. The server is trusted if the authority the token names vouches for it. Every attempt shows the
/// same key, which `folder` keeps until the certificate is installed, so an answer that was lost is given again, even to a
/// process that was started anew.
pub async fn join(
    request: &JoinRequest,
    token: &Token,
    folder: &Folder,
    runtime: &dyn Runtime,
) -> Result<Joined, CallError> {
    let connector = pinned_connector(token.authority(), Role::Server)?;
    let own = folder.pending_key(request.role)?;
    ask(request, &token.reveal(), own, &connector, runtime).await
}

/// Comes in on the word of an administrator, whose certificate is on this machine.
pub async fn join_as_administrator(
    request: &JoinRequest,
    administrator: &Credentials,
    runtime: &dyn Runtime,
) -> Result<Joined, CallError> {
    let own = KeyAndRequest::generate()?;
    ask(request, "", own, &administrator.connector(Role::Server)?, runtime).await
}

async fn ask(
    request: &JoinRequest,
    token: &str,
    own: KeyAndRequest,
    connector: &Connector,
    runtime: &dyn Runtime,
) -> Result<Joined, CallError> {
    let server = request.server.clone().unwrap_or_default();
    let message = api::JoinRequest {
        token: token.to_owned(),
        csr: own.request.clone(),
        role: request.role.as_str().to_owned(),
        name: request.name.clone(),
        grpc_address: server.grpc_address,
        aws_address: server.aws_address,
        region: server.region,
        account_id: server.account_id,
        record_version: CLUSTER_VERSION,
    };
    let answer = ask_leader(&request.servers, connector, runtime, |mut client| {
        let message = message.clone();
        async move { client.join(message).await.map(tonic::Response::into_inner) }
    });
    let answer = answer.await?;
    Ok(Joined {
        certificate: answer.certificate,
        key: own.key,
        authorities: answer.authorities,
        cluster_id: answer.cluster_id,
        servers: answer.servers,
        number: (answer.number != 0).then_some(answer.number),
        authority_key: (!answer.authority_key.is_empty()).then_some(answer.authority_key),
    })
}
