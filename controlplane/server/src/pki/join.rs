//! Coming in: the first certificate of a machine, for a token or on an administrator's word.

use super::credentials::pinned_connector;
pub(crate) use super::redirect::LEADER_KEY;
pub use super::redirect::{CallError, ask_leader};
use super::{Credentials, Folder, KeyAndRequest, PkiError, Role, Token};
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
    /// A new server's gRPC address as others reach it; empty for other roles.
    pub grpc_address: String,
    /// A new server's AWS address as clients reach it; empty for other roles.
    pub aws_address: String,
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
/// same key, so an answer that was lost is given again.
pub async fn join(request: &JoinRequest, token: &Token, runtime: &dyn Runtime) -> Result<Joined, CallError> {
    let connector = pinned_connector(token.authority(), Role::Server)?;
    ask(request, &token.reveal(), &connector, runtime).await
}

/// Comes in on the word of an administrator, whose certificate is on this machine.
pub async fn join_as_administrator(
    request: &JoinRequest,
    administrator: &Credentials,
    runtime: &dyn Runtime,
) -> Result<Joined, CallError> {
    ask(request, "", &administrator.connector(Role::Server)?, runtime).await
}

async fn ask(
    request: &JoinRequest,
    token: &str,
    connector: &Connector,
    runtime: &dyn Runtime,
) -> Result<Joined, CallError> {
    let own = KeyAndRequest::generate()?;
    let message = api::JoinRequest {
        token: token.to_owned(),
        csr: own.request.clone(),
        role: request.role.as_str().to_owned(),
        name: request.name.clone(),
        grpc_address: request.grpc_address.clone(),
        aws_address: request.aws_address.clone(),
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
