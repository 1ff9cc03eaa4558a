//! A region of one real server with its doors open and one simulated machine, in this process.

use crate::client::{Client, Target};
use crate::commands::dev::LocalConnect;
use agent::backend::sim::{SimConfig, SimMachine};
use agent::{AgentConfig, AgentHandle, Thresholds, Timing};
use controlplane_proto::api::{ApplyRequest, GetRequest};
use controlplane_raft::TokioRuntime;
use controlplane_server::gateway::AwsLink;
use controlplane_server::{Begin, FirstStart, Server, ServerConfig};
use controlplane_types::Runtime;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);
/// The account's, known so that a test can look for it.
pub(crate) const SECRET: &str = "wJalrXUtnFEMIK7MDENGbPxRfiCYZEXAMPLESECRET";

pub(crate) struct Region {
    folder: tempfile::TempDir,
    pub(crate) server: Server,
    pub(crate) machine: SimMachine,
    _agent: AgentHandle,
}

impl Region {
    /// Ready to serve; `node-1` has its session.
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let runtime: Arc<dyn Runtime> = TokioRuntime::current();
        let server = Server::start(config(folder.path()), runtime.clone()).await.unwrap();
        server.ready().await;
        let machine = SimMachine::new(runtime.clone(), SimConfig::new("node-1"));
        let connect = LocalConnect { agents: server.core().agents.clone(), images: server.images().clone() };
        let agent = agent::Agent::start(AgentConfig {
            node: "node-1".to_owned(),
            labels: BTreeMap::from([("zone".to_owned(), "*".to_owned())]),
            taints: Vec::new(),
            thresholds: Thresholds::default(),
            underlay_address: "127.0.0.1".to_owned(),
            timing: Timing::default(),
            ledger: Arc::new(machine.disk()),
            backend: Arc::new(machine.clone()),
            runtime,
            connect: Arc::new(connect),
        })
        .unwrap();
        let region = Self { folder, server, machine, _agent: agent };
        until("the agent's session", async || !region.server.core().agents.connected().is_empty()).await;
        region
    }

    /// A folder that goes with the region.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The command line's target.
    pub(crate) fn target(&self) -> Target {
        Target {
            data_dir: self.folder.path().to_owned(),
            server: vec![self.server.grpc_addr().to_string()],
            region: None,
        }
    }

    pub(crate) async fn apply(&self, documents: &str) {
        let request = ApplyRequest { documents: documents.to_owned(), ..ApplyRequest::default() };
        self.client().await.apply(request).await.unwrap();
    }

    pub(crate) async fn client(&self) -> Client {
        self.target().connect().await.unwrap()
    }

    /// The records of a kind, as JSON.
    pub(crate) async fn rows(&self, kind: &str) -> Vec<serde_json::Value> {
        let request = GetRequest { kind: kind.to_owned(), ..GetRequest::default() };
        let rows = self.client().await.get(request).await.unwrap().into_inner().rows;
        rows.iter().map(|row| serde_json::from_str(&row.json).unwrap()).collect()
    }
}

fn config(folder: &Path) -> ServerConfig {
    ServerConfig {
        data_dir: folder.join("server"),
        pki_dir: folder.join("pki"),
        name: "one".to_owned(),
        begin: Begin::Bootstrap,
        advertise: None,
        aws_addr: "127.0.0.1:0".parse().unwrap(),
        aws_link: AwsLink::Loopback,
        certificate_life: Duration::from_secs(24 * 3600),
        grpc_addr: "127.0.0.1:0".parse().unwrap(),
        first_start: FirstStart {
            region: "us-east-1".into(),
            zones: vec!["us-east-1a".into()],
            further_regions: Default::default(),
            account: "123456789012".into(),
            access_key_id: Some("AKIAIOSFODNN7EXAMPLE".to_owned()),
            secret_access_key: Some(SECRET.to_owned()),
            public_addresses: "198.18.0.0/16".parse().unwrap(),
            manifests: Vec::new(),
        },
        any_credentials: true,
        allow_reset: false,
        enable_bench: false,
        limits: None,
        loopback_providers: false,
        node_grace: Duration::from_secs(10),
        trails: None,
    }
}

/// Waits for a condition.
pub(crate) async fn until(what: &str, condition: impl AsyncFn() -> bool) {
    let began = Instant::now();
    while !condition().await {
        assert!(began.elapsed() < PATIENCE, "never: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
