//! A whole agent on real containers: what survives whose death.

use super::*;
use crate::archive::document::own_architecture;
use crate::archive::samples::Tar;
use crate::backend::{ExecOutput, InstanceState};
use crate::ledger::FileStore;
use crate::report::Observed;
use crate::testing::objects::{generation, ground, instance, object};
use crate::testing::plane::Plane;
use crate::testing::registry::{Door, Registry, images::Layer};
use crate::{Agent, AgentConfig, AgentHandle, Thresholds, Timing};
use controlplane_proto::agent::instance::Target;
use controlplane_proto::agent::instance_status::State;
use hickory_proto::op::{Message, Query};
use hickory_proto::rr::{Name, RecordType};
use proto::object::Object as Content;
use std::collections::BTreeMap;
use std::net::UdpSocket;

struct Node {
    machine: OnLinux,
    plane: Plane,
    agent: Option<AgentHandle>,
    timing: Timing,
}

impl Node {
    async fn new() -> Self {
        Self::with(Timing::default()).await
    }

    async fn with(timing: Timing) -> Self {
        let (machine, plane) = (OnLinux::new().await, Plane::new(Arc::new(OnTokio)));
        let mut node = Self { machine, plane, agent: None, timing };
        node.start_agent().await;
        node
    }

    /// As a new process would: everything it knows, it reads.
    async fn start_agent(&mut self) {
        self.machine.replace_agent().await;
        let config = AgentConfig {
            node: "node-1".into(),
            labels: BTreeMap::new(),
            taints: Vec::new(),
            thresholds: Thresholds::default(),
            underlay_address: "127.0.0.1".into(),
            timing: self.timing,
            ledger: Arc::new(self.ledger().await),
            backend: self.machine.backend(),
            runtime: Arc::new(OnTokio),
            connect: Arc::new(self.plane.clone()),
        };
        self.agent = Some(Agent::start(config).unwrap());
    }

    /// The agent before holds the lock until the last of its tasks is dropped.
    async fn ledger(&self) -> FileStore {
        let limit = Instant::now() + Duration::from_secs(10);
        loop {
            match FileStore::open(self.machine.folder.path().join("ledger")) {
                Ok(store) => return store,
                Err(error) => assert!(Instant::now() < limit, "{error}"),
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn kill_agent(&mut self) {
        self.agent.take().unwrap().kill();
    }

    /// What the agent sees, whether it can tell anybody or not.
    async fn until(&self, what: &str, condition: impl Fn(&Observed) -> bool) -> Arc<Observed> {
        let mut observed = self.agent.as_ref().unwrap().observed();
        let fits = |seen: &Option<Arc<Observed>>| seen.as_ref().is_some_and(|seen| condition(seen));
        let found = tokio::time::timeout(Duration::from_secs(60), observed.wait_for(fits)).await;
        match found {
            Ok(Ok(seen)) => seen.clone().unwrap(),
            _ => panic!("never: {what}; {:#?}", self.agent.as_ref().unwrap().observed().borrow()),
        }
    }

    async fn until_running(&self, count: usize) -> Arc<Observed> {
        let running = |seen: &Observed| {
            seen.instances.len() == count
                && seen.instances.values().all(|status| status.state() == State::Running)
        };
        self.until(&format!("{count} running"), running).await
    }

    async fn run(&self, id: &str, command: &[&str]) -> String {
        let words = command.iter().map(ToString::to_string).collect();
        let request = ExecRequest { command: words, terminal: None };
        let mut session = self.machine.backend.exec(id.into(), request).await.unwrap();
        let mut text = String::new();
        while let Some(piece) = session.output.recv().await {
            match piece {
                ExecOutput::Stdout(bytes) => text.push_str(std::str::from_utf8(&bytes).unwrap()),
                ExecOutput::Stderr(bytes) => panic!("{command:?}: {}", String::from_utf8_lossy(&bytes)),
                ExecOutput::Exited(code) => assert_eq!(code, 0, "{command:?}"),
            }
        }
        text
    }
}

impl Drop for Node {
    /// Before the machine is purged: an agent that lives on would put back what is removed.
    fn drop(&mut self) {
        if let Some(agent) = self.agent.take() {
            agent.kill();
        }
    }
}

fn with(numbers: impl IntoIterator<Item = u32>) -> Vec<proto::Object> {
    let instances = numbers.into_iter().flat_map(|number| instance(number, 1, Target::Running));
    ground().into_iter().chain(instances).collect()
}

#[test]
fn the_death_of_the_agent_touches_nothing_and_the_next_one_goes_on() {
    block_on_tokio(async {
        let mut node = Node::new().await;
        node.plane.desire(1, with([10, 11]));
        let before = node.until_running(2).await;
        let first = node.machine.first_process("i-10").unwrap();
        node.kill_agent();
        node.plane.set_unreachable(true);
        node.start_agent().await;
        let after = node.until_running(2).await;
        assert_eq!(after.instances, before.instances, "same start, no restart");
        assert_eq!(node.machine.first_process("i-10"), Some(first));
        node.plane.set_unreachable(false);
        node.plane.desire(2, with([11]));
        node.until_running(1).await;
        let left: Vec<_> =
            node.machine.backend.instances().await.unwrap().into_iter().map(|it| it.id).collect();
        assert_eq!(left, ["i-11"]);
        node.agent.take().unwrap().shutdown().await;
        assert_eq!(node.machine.backend.instances().await.unwrap()[0].state, InstanceState::Running);
    });
}

#[test]
fn after_a_boot_the_ledger_alone_brings_everything_back() {
    block_on_tokio(async {
        let mut node = Node::new().await;
        node.plane.desire(7, with([10, 11, 12]));
        node.until_running(3).await;
        node.run("i-10", &["sh", "-c", "echo kept > /kept"]).await;
        node.kill_agent();
        node.plane.set_unreachable(true);
        node.machine.reboot().await;
        assert_eq!(node.machine.first_process("i-10"), None);
        node.start_agent().await;
        let observed = node.until_running(3).await;
        assert!(
            observed.instances.values().all(|status| status.restarts == 1 && status.run == 1),
            "{observed:#?}"
        );
        assert_eq!(observed.generation, Some(generation(7)));
        assert_eq!(node.run("i-10", &["cat", "/kept"]).await, "kept\n");
        assert_eq!(node.run("i-10", &["hostname"]).await, "ip-10-0-0-10\n");
        node.until("networks in force", |seen| seen.applied == Some(generation(7))).await;
    });
}

#[test]
fn instances_ask_about_themselves() {
    block_on_tokio(async {
        let node = Node::new().await;
        let mut objects = with([10, 11]);
        for object in &mut objects {
            if let Some(proto::object::Object::Instance(instance)) = &mut object.object {
                instance.metadata =
                    Some(proto::Metadata { enabled: true, hop_limit: 1, ..Default::default() }.into());
            }
        }
        node.plane.desire(1, objects);
        node.until_running(2).await;
        for id in ["i-10", "i-11"] {
            // Debian's static busybox has a wget that crashes, so this is HTTP by hand; the line stays open while the
            // answer is on its way.
            let ask = "printf 'GET /latest/meta-data/instance-id HTTP/1.0\\r\\n\\r\\n'; sleep 1";
            let request = format!("({ask}) | nc 169.254.169.254 80");
            let answer = node.run(id, &["sh", "-c", &request]).await;
            assert_eq!(answer.split("\r\n\r\n").nth(1), Some(id), "{answer}");
        }
    });
}

/// A resolver with one private zone that has one name.
fn names() -> Vec<proto::Object> {
    use controlplane_proto::dns;
    let set = |name: &str, kind: &str, value: &str| {
        let key = dns::RecordSetKey {
            zone_id: "Z1".into(),
            name: name.into(),
            r#type: kind.into(),
            set_identifier: String::new(),
        };
        let set = dns::RecordSet {
            key: Some(key),
            ttl: 60,
            values: vec![value.into()],
            policy: Some(dns::record_set::Policy::Simple(dns::Simple {})),
            ..dns::RecordSet::default()
        };
        Content::PrivateRecordSet(proto::PrivateRecordSet { id: kind.into(), record_set: Some(set.into()) })
    };
    let resolver = proto::Resolver {
        vpc_id: "vpc-1".into(),
        enabled: true,
        hostnames: true,
        region: "us-east-1".into(),
        zone_ids: vec!["Z1".into()],
    };
    let zone = proto::PrivateZone { id: "Z1".into(), name: "corp.test.".into() };
    let soa = "ns-0.awsdns-00.com. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400";
    let objects = [
        Content::Resolver(resolver),
        Content::PrivateZone(zone),
        set("corp.test.", "SOA", soa),
        set("db.corp.test.", "A", "10.0.0.9"),
    ];
    objects.map(object).to_vec()
}

/// The address that the VPC's resolver gives `name`, asked by packets from inside an instance until there is one.
fn resolved(network: &Network, instance: &str, name: &str) -> String {
    let mut question = Message::query();
    question.add_query(Query::query(Name::from_ascii(name).unwrap(), RecordType::A));
    let question = question.to_vec().unwrap();
    let namespace = netns::NetNs::open(&network.instance_namespace(instance)).unwrap().expect("a namespace");
    let socket = namespace.run(|| UdpSocket::bind("0.0.0.0:0")).unwrap().unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    let limit = Instant::now() + Duration::from_secs(20);
    let mut buffer = [0; 512];
    loop {
        assert!(Instant::now() < limit, "{name} has no address");
        // While nobody listens, that is what comes back.
        let _ = socket.send_to(&question, "10.0.0.2:53");
        if let Ok(length) = socket.recv(&mut buffer) {
            let reply = Message::from_vec(&buffer[..length]).unwrap();
            break reply.answers.iter().map(|record| record.data.to_string()).collect();
        }
    }
}

/// No security group lets the instance send anything.
#[test]
fn the_next_agent_answers_for_private_zones_from_its_ledger() {
    block_on_tokio(async {
        let mut node = Node::new().await;
        node.plane.desire(1, with([10]).into_iter().chain(names()).collect());
        node.until_running(1).await;
        let asked = |node: &Node| {
            let network = node.machine.backend.network.clone();
            let names = ["db.corp.test.", "ip-10-0-0-10.ec2.internal.", "no.corp.test."];
            off_the_loop(move || names.map(|name| resolved(&network, "i-10", name)))
        };
        let known = ["10.0.0.9", "10.0.0.10", ""].map(str::to_owned);
        assert_eq!(asked(&node).await.unwrap(), known);
        node.kill_agent();
        node.plane.set_unreachable(true);
        node.start_agent().await;
        node.until_running(1).await;
        assert_eq!(asked(&node).await.unwrap(), known);
    });
}

#[test]
fn a_killed_first_process_is_reported_at_once() {
    block_on_tokio(async {
        let mut node = Node::new().await;
        node.plane.desire(1, with([10]));
        node.until_running(1).await;
        let begin = Instant::now();
        node.machine.kill_process("i-10");
        let exited = |seen: &Observed| seen.instances["i-10"].state() == State::Exited;
        let seen = node.until("reported", exited).await;
        assert_eq!((seen.instances["i-10"].exit_code, seen.instances["i-10"].signal), (137, 9));
        assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
        node.agent.take().unwrap().shutdown().await;
    });
}

/// An image of the machine's own busybox in a registry, in place of the one that instances are made of here.
fn pulled(registry: &Registry) -> proto::Image {
    let tar =
        Tar::new().program("bin/busybox", fs::read("/bin/busybox").unwrap()).symlink("bin/sleep", "busybox");
    let config = serde_json::json!({ "Entrypoint": ["/bin/sleep", "4711"] });
    let entry = registry.push_image("app", None, own_architecture(), &config, &[Layer::gzip(&tar.bytes())]);
    let reference = format!("{}/app", registry.host());
    proto::Image {
        id: "ami-1".into(),
        digest: entry["digest"].as_str().unwrap().into(),
        source: "registry".into(),
        registry: Some(proto::RegistryImage { reference, platforms: Vec::new() }),
        ..proto::Image::default()
    }
}

#[test]
fn a_pulled_image_stays_while_it_is_wanted_and_a_while_longer() {
    block_on_tokio(async {
        let registry = Registry::start(Door::Open);
        let image = pulled(&registry);
        let node =
            Node::with(Timing { image_retention: Duration::from_millis(300), ..Timing::default() }).await;
        let mut objects = with([10]);
        for object in &mut objects {
            if let Some(proto::object::Object::Image(built_in)) = &mut object.object {
                *built_in = image.clone();
            }
        }
        node.plane.desire(1, objects);
        node.until_running(1).await;
        assert_eq!(node.machine.backend.images().await.unwrap(), [image.digest]);
        node.plane.desire(2, Vec::new());
        let data = node.machine.config.containers.data.clone();
        let count = |folder: &str| fs::read_dir(data.join(folder)).unwrap().count();
        let limit = Instant::now() + Duration::from_secs(30);
        while count("images") + count("layers/blobs") + count("layers/images") > 0 {
            assert!(Instant::now() < limit, "never removed");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
}
