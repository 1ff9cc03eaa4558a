//! Three real servers on the loopback with an agent, a DNS server and the command line's client: whoever is asked answers,
//! and everybody moves on when the leader dies.
//!
//! Each server has a tokio runtime of its own, which is torn down to let it die where it stands.

use crate::client::{Client, Target};
use crate::error::CliError;
use agent::backend::sim::{SimConfig, SimMachine};
use agent::session::GrpcConnect;
use agent::{AgentConfig, AgentHandle, Thresholds, Timing};
use controlplane_proto::api::exec_input::Input;
use controlplane_proto::api::{
    ApplyRequest, ExecInput, ExecStart, GetRequest, ServersRequest, StatusRequest, TransferLeaderRequest,
};
use controlplane_proto::identity::CreateTokenRequest;
use controlplane_raft::{Role as MemberRole, TokioRuntime};
use controlplane_server::gateway::AwsLink;
use controlplane_server::pki::join::{JoinRequest, ask_leader, join_as_administrator};
use controlplane_server::pki::{Credentials, Folder, Role};
use controlplane_server::{Begin, FirstStart, Server, ServerConfig, StartError};
use controlplane_types::Runtime;
use dns::GrpcFeed;
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);
/// Of a failover that costs an agent or a DNS server more than it should. Elections take up to one and a half seconds.
const MOVED_WITHIN: Duration = Duration::from_secs(4);
const GROUND: &str = "kind: Vpc\nmetadata: {name: lab}\nspec: {cidrBlock: 10.0.0.0/16}\n\
    ---\nkind: Subnet\nmetadata: {name: lab}\nspec: {vpcId: lab, availabilityZone: us-east-1a, cidrBlock: 10.0.1.0/24}\n\
    ---\nkind: Instance\nmetadata: {name: one}\nspec: {imageId: hearth/web, instanceType: t3.micro, subnetId: lab}\n";

struct Member {
    runtime: tokio::runtime::Runtime,
    server: Server,
}

struct Lab {
    folder: tempfile::TempDir,
    addresses: BTreeMap<u64, String>,
    members: BTreeMap<u64, Member>,
}

impl Lab {
    fn new() -> Self {
        let listeners: Vec<_> = (0..3).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let addresses = (1..).zip(listeners.iter().map(|it| it.local_addr().unwrap().to_string())).collect();
        drop(listeners);
        let mut lab = Self { folder: tempfile::tempdir().unwrap(), addresses, members: BTreeMap::new() };
        for id in 1..=3 {
            let runtime =
                tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            let server = runtime.block_on(async {
                let begin = if id == 1 { Begin::Bootstrap } else { lab.join().await };
                Server::start(lab.config(id, begin), TokioRuntime::current()).await.unwrap()
            });
            assert_eq!(server.core().node.id(), id, "numbers are given in order");
            lab.members.insert(id, Member { runtime, server });
            lab.until_it_votes(id);
        }
        lab
    }

    /// With a token of the first server's.
    async fn join(&self) -> Begin {
        let administrator = Credentials::load(Folder::at(self.pki_dir(1)), Role::Client).unwrap();
        let connector = administrator.connector(Role::Server).unwrap();
        let servers = vec![self.addresses[&1].clone()];
        let request = CreateTokenRequest { role: "server".into(), name: String::new(), ttl_seconds: 60 };
        let runtime = TokioRuntime::current();
        let made = ask_leader(&servers, &connector, &*runtime, |mut client| {
            let request = request.clone();
            async move { client.create_token(request).await.map(tonic::Response::into_inner) }
        });
        let token = made.await.unwrap().token.parse().unwrap();
        Begin::Join { servers, token: Some(token) }
    }

    fn until_it_votes(&self, id: u64) {
        let first = self.members[&1].server.core().node.clone();
        let own = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let votes = || first.members().get(&id).is_some_and(|member| member.role == MemberRole::Voter);
        own.block_on(until("the server votes", votes));
    }

    fn config(&self, id: u64, begin: Begin) -> ServerConfig {
        ServerConfig {
            data_dir: self.folder.path().join(format!("server-{id}")),
            pki_dir: self.pki_dir(id),
            name: format!("server-{id}"),
            begin,
            advertise: None,
            aws_addr: "127.0.0.1:0".parse().unwrap(),
            aws_link: AwsLink::Loopback,
            certificate_life: Duration::from_secs(24 * 3600),
            grpc_addr: self.addresses[&id].parse().unwrap(),
            first_start: first_start(),
            any_credentials: false,
            allow_reset: false,
            enable_bench: false,
            limits: None,
            loopback_providers: false,
            node_grace: Duration::from_secs(10),
            trails: None,
        }
    }

    fn pki_dir(&self, id: u64) -> PathBuf {
        self.folder.path().join(format!("pki-{id}"))
    }

    /// What an administrator's word gets, asked of one server only.
    async fn credentials(&self, role: Role, name: &str, server: u64, runtime: &dyn Runtime) -> Credentials {
        let administrator = Credentials::load(Folder::at(self.pki_dir(1)), Role::Client).unwrap();
        let request = JoinRequest {
            servers: vec![self.addresses[&server].clone()],
            role,
            name: name.to_owned(),
            server: None,
        };
        let joined = join_as_administrator(&request, &administrator, runtime).await.unwrap();
        let folder = Folder::at(self.folder.path().join(name).join("pki"));
        joined.install(&folder, role).unwrap();
        Credentials::load(folder, role).unwrap()
    }

    /// The server that leads and has made the first start.
    async fn leader(&self) -> u64 {
        let leads = || {
            let leading = self.members.iter().filter_map(|(id, member)| {
                let term = member.server.core().node.leadership().borrow().leads()?;
                Some((term, *id))
            });
            leading.max()
        };
        until("a leader", || leads().is_some()).await;
        let leader = leads().unwrap().1;
        self.members[&leader].server.ready().await;
        leader
    }

    /// One that does not lead.
    async fn follower(&self) -> u64 {
        let leader = self.leader().await;
        self.members.keys().copied().find(|id| *id != leader).unwrap()
    }

    fn kill(&mut self, id: u64) {
        let Member { runtime, server } = self.members.remove(&id).unwrap();
        drop(server);
        runtime.shutdown_background();
    }

    /// The command line's target: only these servers are given, nothing is kept.
    fn target(&self, name: &str, servers: &[u64]) -> Target {
        let data_dir = self.folder.path().join(name);
        std::fs::create_dir_all(&data_dir).unwrap();
        let pki = data_dir.join("pki");
        if !pki.exists() {
            std::os::unix::fs::symlink(self.pki_dir(1), pki).unwrap();
        }
        Target {
            data_dir,
            server: servers.iter().map(|id| self.addresses[id].clone()).collect(),
            region: None,
        }
    }

    /// An agent that was told of one server only.
    async fn agent(&self, server: u64, machine: &SimMachine, runtime: &Arc<dyn Runtime>) -> AgentHandle {
        let credentials = self.credentials(Role::Agent, "node-1", server, &**runtime).await;
        let connector = credentials.connector(Role::Server).unwrap();
        let ledger = Arc::new(machine.disk());
        let servers = [self.addresses[&server].clone()];
        let connect = GrpcConnect::new(&servers, connector, ledger.clone(), runtime.clone()).unwrap();
        agent::Agent::start(AgentConfig {
            node: "node-1".to_owned(),
            labels: BTreeMap::from([("zone".to_owned(), "*".to_owned())]),
            taints: Vec::new(),
            thresholds: Thresholds::default(),
            underlay_address: "127.0.0.1".to_owned(),
            timing: Timing::default(),
            ledger,
            backend: Arc::new(machine.clone()),
            runtime: runtime.clone(),
            connect: Arc::new(connect),
        })
        .unwrap()
    }

    /// A DNS server that was told of one server only.
    async fn dns(&self, server: u64, runtime: &Arc<dyn Runtime>) -> dns::Handle {
        let data_dir: PathBuf = self.folder.path().join("dns");
        let credentials = self.credentials(Role::Dns, "dns-1", server, &**runtime).await;
        let connector = credentials.connector(Role::Server).unwrap();
        let servers = vec![self.addresses[&server].clone()];
        let feed = GrpcFeed::new(servers, &data_dir, Some(connector), runtime.clone());
        let config = dns::Config {
            name: "dns-1".to_owned(),
            dns_addr: "127.0.0.1:0".parse().unwrap(),
            data_dir,
            workers: 1,
            health: None,
            checker_region: String::new(),
            location: Default::default(),
            nsid: String::new(),
            response_rate: 0,
            query_log_dir: None,
            transfer: Default::default(),
        };
        dns::Server::start(config, runtime.clone(), Arc::new(feed)).await.unwrap()
    }

    /// Waits until agent and DNS server have their sessions at server `id`; how long that took.
    async fn sessions_at(&self, id: u64) -> Duration {
        let core = self.members[&id].server.core();
        let began = Instant::now();
        until("the agent's session", || core.agents.connected() == ["node-1"]).await;
        until("the DNS server's session", || core.dns_feed.connected() == 1).await;
        began.elapsed()
    }
}

fn first_start() -> FirstStart {
    FirstStart {
        region: "us-east-1".into(),
        zones: vec!["us-east-1a".into(), "us-east-1b".into()],
        further_regions: Default::default(),
        account: "123456789012".into(),
        access_key_id: None,
        secret_access_key: None,
        public_addresses: "198.18.0.0/16".parse().unwrap(),
        manifests: Vec::new(),
    }
}

async fn until(what: &str, condition: impl Fn() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < PATIENCE, "never: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn apply(client: &mut Client, documents: &str) -> Result<(), CliError> {
    let request = ApplyRequest { documents: documents.to_owned(), ..ApplyRequest::default() };
    Ok(client.apply(request).await.map(drop)?)
}

async fn names(client: &mut Client, kind: &str) -> Vec<String> {
    let request = GetRequest { kind: kind.to_owned(), ..GetRequest::default() };
    let rows = client.get(request).await.unwrap().into_inner().rows;
    rows.into_iter().map(|row| row.name).collect()
}

/// What `hearth exec one -- echo WORD` prints.
async fn echo(client: &mut Client, word: &str) -> Result<String, CliError> {
    let start = ExecStart {
        instance: "one".to_owned(),
        command: vec!["echo".to_owned(), word.to_owned()],
        ..ExecStart::default()
    };
    let input = tokio_stream::iter([ExecInput { input: Some(Input::Start(start)) }]);
    let mut output = client.exec(input).await?.into_inner();
    let mut text = Vec::new();
    while let Some(piece) = output.message().await? {
        text.extend(piece.stdout);
    }
    Ok(String::from_utf8_lossy(&text).trim().to_owned())
}

/// Asks until the instance answers: its agent may have come a moment ago.
async fn echoes(client: &mut Client, word: &str) {
    let began = Instant::now();
    loop {
        match echo(client, word).await {
            Ok(text) => return assert_eq!(text, word),
            Err(error) => assert!(began.elapsed() < PATIENCE, "{error:?}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn kept(target: &Target) -> usize {
    let text = std::fs::read_to_string(target.data_dir.join("endpoint")).unwrap_or_default();
    text.split(',').count()
}

#[test]
fn everybody_is_served_everywhere_and_moves_on_when_the_leader_dies() {
    let own = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut lab = Lab::new();
    own.block_on(story(&mut lab));
}

async fn story(lab: &mut Lab) {
    let runtime: Arc<dyn Runtime> = TokioRuntime::current();
    let (leader, follower) = (lab.leader().await, lab.follower().await);
    let machine = SimMachine::new(runtime.clone(), SimConfig::new("node-1"));
    let agent = lab.agent(follower, &machine, &runtime).await;
    let dns = lab.dns(follower, &runtime).await;
    lab.sessions_at(leader).await;

    // Everything at a follower, which passes on what it cannot do itself.
    let target = lab.target("client", &[follower]);
    let mut client = target.connect().await.unwrap();
    let asked = client.status(StatusRequest {}).await.unwrap().into_inner();
    assert_eq!(asked.server, follower, "the follower answers for itself");
    apply(&mut client, GROUND).await.unwrap();
    assert!(names(&mut client, "vpc").await.contains(&"lab".to_owned()), "its own write is seen");
    echoes(&mut client, "through-a-follower").await;
    let refused = apply(&mut client, "kind: Vpc\nmetadata: {name: x}\nspec: {cidrBlock: nonsense}\n").await;
    assert!(format!("{:?}", refused.unwrap_err()).contains("nonsense"), "errors come through as they are");
    assert_eq!(kept(&target), 3, "all servers are known now");
    let before = names(&mut client, "instance").await;

    // The leader dies; the same client, agent and DNS server go on.
    lab.kill(leader);
    let killed = Instant::now();
    let changed = GROUND.replace("10.0.0.0/16", "10.0.0.0/16, enableDnsHostnames: true");
    // What was under way to the leader has an unknown end; applying again is safe, and the caller's to decide.
    while let Err(error) = apply(&mut client, &changed).await {
        assert!(killed.elapsed() < MOVED_WITHIN, "{error:?}");
    }
    let wrote = killed.elapsed();
    let second = lab.leader().await;
    lab.sessions_at(second).await;
    let moved = killed.elapsed();
    eprintln!("after the leader's death: first write {wrote:?}, sessions moved {moved:?}");
    assert!(moved < MOVED_WITHIN, "{moved:?}");
    echoes(&mut client, "after-a-failover").await;
    assert_eq!(names(&mut client, "instance").await, before, "nothing was replaced");

    // Who knew only the server that died finds the others in its own data folder.
    let fresh = Target { server: Vec::new(), ..lab.target("client", &[]) };
    let mut fresh = fresh.connect().await.unwrap();
    let servers = fresh.servers(ServersRequest {}).await.unwrap().into_inner().servers;
    let seen: Vec<(u64, bool, bool)> =
        servers.iter().map(|server| (server.number, server.reachable, server.leader)).collect();
    let expected: Vec<_> = (1..=3).map(|id| (id, id != leader, id == second)).collect();
    assert_eq!(seen, expected);

    hand_over(lab, &mut fresh, second, leader).await;
    dns.shutdown().await;
    agent.shutdown().await;
}

async fn hand_over(lab: &Lab, client: &mut Client, from: u64, dead: u64) {
    let third = (1..=3).find(|id| ![from, dead].contains(id)).unwrap();
    let began = Instant::now();
    let request = TransferLeaderRequest { to: third };
    let leader = client.transfer_leader(request).await.unwrap().into_inner().leader;
    let handed_over = began.elapsed();
    assert_eq!(leader, third);
    apply(client, "kind: Vpc\nmetadata: {name: later}\nspec: {cidrBlock: 10.9.0.0/16}\n").await.unwrap();
    let moved = lab.sessions_at(third).await;
    eprintln!("hand-over {handed_over:?}, sessions moved {moved:?} later");
    let refused = client.transfer_leader(TransferLeaderRequest { to: 9 }).await.unwrap_err();
    assert_eq!((refused.code(), refused.message()), (tonic::Code::NotFound, "to: there is no server 9"));
}

#[test]
fn a_grace_that_cannot_work_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| Path::join(folder.path(), name);
    let config = ServerConfig {
        data_dir: path("server"),
        pki_dir: path("pki"),
        name: "first".to_owned(),
        begin: Begin::Bootstrap,
        advertise: None,
        aws_addr: "127.0.0.1:0".parse().unwrap(),
        aws_link: AwsLink::Loopback,
        certificate_life: Duration::from_secs(24 * 3600),
        grpc_addr: "127.0.0.1:0".parse().unwrap(),
        first_start: first_start(),
        any_credentials: false,
        allow_reset: false,
        enable_bench: false,
        limits: None,
        loopback_providers: false,
        node_grace: Duration::from_secs(3),
        trails: None,
    };
    let own = tokio::runtime::Runtime::new().unwrap();
    let refused = own.block_on(async { Server::start(config, TokioRuntime::current()).await.map(drop) });
    assert!(matches!(refused, Err(StartError::NodeGrace { .. })));
    assert!(refused.unwrap_err().to_string().contains("give 8 s or more"));
    assert!(!path("server").exists(), "nothing half done");
}
