//! A server of its own, and what its guests hold.

use crate::gateway::AwsLink;
use crate::pki::join::{CallError, JoinRequest, Joined, NewServer, join};
use crate::pki::{Credentials, FirstServer, Folder, Role, Token};
use crate::{Begin, FirstStart, Server, ServerConfig};
use controlplane_proto::agent::agent_service_client::AgentServiceClient;
use controlplane_proto::agent::{
    AgentMessage, Capacity, Heartbeat, Hello, ServerMessage, agent_message, server_message,
};
use controlplane_proto::api::hearth_client::HearthClient;
use controlplane_proto::identity::identity_client::IdentityClient;
use controlplane_proto::identity::{CreateTokenRequest, RevokeRequest};
use controlplane_proto::tls::Connector;
use controlplane_raft::TokioRuntime;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Channel;
use tonic::{Status, Streaming};

pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// A server with one administrator.
pub(super) struct House {
    pub(super) server: Server,
    dir: tempfile::TempDir,
}

impl House {
    pub(super) async fn start(life: Duration) -> Self {
        Self::start_with(life, AwsLink::Loopback).await
    }

    pub(super) async fn start_with(certificate_life: Duration, aws_link: AwsLink) -> Self {
        let dir = tempfile::tempdir().unwrap();
        // However short lives are, the administrator's is long enough for the test.
        let first = FirstServer { number: 1, addresses: Vec::new(), life: Duration::from_secs(24 * 3600) };
        let pki_dir = dir.path().join("pki");
        Folder::ensure(&pki_dir, &first, &*TokioRuntime::current()).unwrap();
        std::fs::remove_file(pki_dir.join("server.pem")).unwrap();
        let loopback = "127.0.0.1:0".parse().unwrap();
        let config = ServerConfig {
            data_dir: dir.path().join("server"),
            pki_dir,
            name: "first".to_owned(),
            begin: Begin::Bootstrap,
            advertise: None,
            aws_addr: loopback,
            aws_link,
            grpc_addr: loopback,
            certificate_life,
            first_start: first_start(),
            any_credentials: false,
            allow_reset: false,
            enable_bench: false,
            limits: None,
            loopback_providers: false,
            node_grace: Duration::from_secs(30),
            trails: None,
        };
        let server = Server::start(config, TokioRuntime::current()).await.unwrap();
        server.ready().await;
        Self { server, dir }
    }

    pub(super) fn folder(&self) -> Folder {
        Folder::at(self.dir.path().join("pki"))
    }

    pub(super) fn addresses(&self) -> Vec<String> {
        vec![self.server.grpc_addr().to_string()]
    }

    pub(super) fn administrator(&self) -> Credentials {
        Credentials::load(self.folder(), Role::Client).unwrap()
    }

    pub(super) async fn channel(&self, credentials: &Credentials) -> Channel {
        channel(&self.addresses()[0], credentials.connector(Role::Server).unwrap()).await.unwrap()
    }

    pub(super) async fn identity(&self) -> IdentityClient<Channel> {
        IdentityClient::new(self.channel(&self.administrator()).await)
    }

    pub(super) async fn native(&self) -> HearthClient<Channel> {
        HearthClient::new(self.channel(&self.administrator()).await)
    }

    pub(super) async fn token(&self, role: Role, name: &str, ttl_seconds: u64) -> Token {
        let request =
            CreateTokenRequest { role: role.as_str().to_owned(), name: name.to_owned(), ttl_seconds };
        self.identity().await.create_token(request).await.unwrap().into_inner().token.parse().unwrap()
    }

    pub(super) async fn join(&self, role: Role, name: &str, token: &Token) -> Result<Joined, CallError> {
        let dir = tempfile::tempdir().unwrap();
        self.join_from(&Folder::at(dir.path()), role, name, token).await
    }

    /// From a machine with this folder.
    pub(super) async fn join_from(
        &self,
        folder: &Folder,
        role: Role,
        name: &str,
        token: &Token,
    ) -> Result<Joined, CallError> {
        let request = JoinRequest {
            servers: self.addresses(),
            role,
            name: name.to_owned(),
            server: (role == Role::Server).then(new_server),
        };
        join(&request, token, folder, &*TokioRuntime::current()).await
    }

    /// A guest who has come in, with a folder of his own.
    pub(super) async fn guest(&self, role: Role, name: &str) -> Guest {
        let token = self.token(role, name, 60).await;
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::at(dir.path().join("pki"));
        self.join(role, name, &token).await.unwrap().install(&folder, role).unwrap();
        Guest { credentials: Arc::new(Credentials::load(folder, role).unwrap()), _dir: dir }
    }

    pub(super) async fn revoke(&self, target: &str) -> Result<Vec<String>, Status> {
        let request = RevokeRequest { target: target.to_owned() };
        self.identity().await.revoke(request).await.map(|answer| answer.into_inner().serials)
    }
}

pub(super) struct Guest {
    pub(super) credentials: Arc<Credentials>,
    _dir: tempfile::TempDir,
}

/// What a server says that fits this house.
pub(super) fn new_server() -> NewServer {
    NewServer {
        grpc_address: "127.0.0.1:4999".to_owned(),
        aws_address: String::new(),
        region: "us-east-1".to_owned(),
        account_id: "123456789012".to_owned(),
    }
}

pub(super) async fn channel(address: &str, connector: Connector) -> Result<Channel, tonic::transport::Error> {
    Connector::endpoint(address).unwrap().connect_with_connector(connector).await
}

fn first_start() -> FirstStart {
    FirstStart {
        region: "us-east-1".into(),
        zones: vec!["us-east-1a".into()],
        further_regions: Default::default(),
        account: "123456789012".into(),
        access_key_id: None,
        secret_access_key: None,
        public_addresses: "198.18.0.0/16".parse().unwrap(),
        manifests: Vec::new(),
    }
}

/// An agent's session.
pub(super) struct Session {
    to_server: mpsc::Sender<AgentMessage>,
    from_server: Streaming<ServerMessage>,
}

impl Session {
    /// Says hello as `node`.
    pub(super) async fn open(house: &House, guest: &Guest, node: &str) -> Result<Self, Status> {
        let connector = guest.credentials.connector(Role::Server).unwrap();
        let channel = channel(&house.addresses()[0], connector).await;
        let channel = channel.map_err(|error| Status::unavailable(error.to_string()))?;
        let (to_server, messages) = mpsc::channel(8);
        let hello = Hello {
            node: node.to_owned(),
            boot_id: "boot".to_owned(),
            agent_version: "0".to_owned(),
            labels: BTreeMap::from([("zone".to_owned(), "us-east-1a".to_owned())]),
            capacity: Some(Capacity { vcpus: 1, memory_mib: 1, disk_mib: 1, allocatable: None }),
            underlay_address: "127.0.0.1".to_owned(),
            ..Hello::default()
        };
        to_server.send(message(agent_message::Message::Hello(hello))).await.unwrap();
        let answers = AgentServiceClient::new(channel).session(ReceiverStream::new(messages)).await?;
        Ok(Self { to_server, from_server: answers.into_inner() })
    }

    /// The next word of the server; `None` when there is none any more.
    pub(super) async fn hear(&mut self) -> Option<ServerMessage> {
        let answer = tokio::time::timeout(PATIENCE, self.from_server.message()).await.expect("an answer");
        answer.ok().flatten()
    }

    /// Hears until the desired set is there: from then on nothing comes unasked.
    pub(super) async fn begun(&mut self) -> bool {
        while let Some(message) = self.hear().await {
            if matches!(message.message, Some(server_message::Message::Desired(_))) {
                return true;
            }
        }
        false
    }

    /// Whether the server still answers heartbeats.
    pub(super) async fn is_alive(&mut self) -> bool {
        let beat = message(agent_message::Message::Heartbeat(Heartbeat { sequence: 1 }));
        self.to_server.send(beat).await.is_ok() && self.hear().await.is_some()
    }
}

fn message(message: agent_message::Message) -> AgentMessage {
    AgentMessage { message: Some(message) }
}

/// Asks until it is so.
pub(super) async fn until(what: &str, mut ask: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !ask().await {
        assert!(Instant::now() < deadline, "{what}: not within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
