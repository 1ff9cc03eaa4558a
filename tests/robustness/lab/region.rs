//! What a cluster is there for: two agents with an instance each, and a DNS server, each on a machine of its own.

use super::fabric::Fabric;
use super::host::Host;
use super::{Lab, cluster, grpc_address};
use std::collections::BTreeMap;
use std::io::Write;
use std::process::Stdio;
use tests::machine::{FirstProcess, lives, said};
use tests::wait::{PATIENCE, same, until};

/// Wires of the agents, and the zones they stand in.
const AGENTS: [(u64, &str); 2] = [(11, "us-east-1a"), (12, "us-east-1b")];
const DNS: u64 = 21;

const MANIFEST: &str = "kind: Vpc
metadata: {name: lab}
spec: {cidrBlock: 10.0.0.0/16}
---
kind: Subnet
metadata: {name: a}
spec: {vpcId: lab, availabilityZone: us-east-1a, cidrBlock: 10.0.0.0/24}
---
kind: Subnet
metadata: {name: b}
spec: {vpcId: lab, availabilityZone: us-east-1b, cidrBlock: 10.0.1.0/24}
---
kind: Instance
metadata: {name: one}
spec: {imageId: hearth/web, instanceType: t3.nano, subnetId: a}
---
kind: Instance
metadata: {name: two}
spec: {imageId: hearth/web, instanceType: t3.nano, subnetId: b}";

/// Agents and DNS. To be dropped before the laboratory they are plugged into.
pub(crate) struct Region {
    agents: Vec<Host>,
    dns: Host,
}

impl Region {
    /// Plugs the machines in, starts what runs on them, and waits for the instances.
    pub(crate) fn start(lab: &Lab) -> Self {
        let plugged = |id| {
            let host = lab.plug(id);
            cluster::trust(&host, &lab.client);
            host
        };
        let agents = AGENTS.iter().map(|(id, _)| plugged(*id)).collect();
        let mut region = Self { agents, dns: plugged(DNS) };
        let servers: Vec<String> = lab.ids().into_iter().map(grpc_address).collect();
        let servers = format!("--server={}", servers.join(","));
        for (agent, (id, zone)) in region.agents.iter_mut().zip(AGENTS) {
            let mut arguments = agent.machine.agent_arguments();
            arguments.extend([
                servers.clone(),
                format!("--node=node-{id}"),
                format!("--zone={zone}"),
                format!("--underlay-address={}", Fabric::address(id)),
            ]);
            agent.start("agent", &arguments);
        }
        let address = format!("--dns-addr={}:53", Fabric::address(DNS));
        region.dns.start("dns", &[servers, address, "--name=dns".to_owned()]);
        region.agents.iter_mut().chain([&mut region.dns]).for_each(Host::until_ready);
        region.until_instances_run(lab);
        region
    }

    fn until_instances_run(&self, lab: &Lab) {
        // Asked again as a whole: who leads may not be who answers yet.
        until("the manifest is applied", PATIENCE, || apply(lab));
        until("both instances run", PATIENCE, || same(&self.first_processes().len(), &AGENTS.len()));
        self.until_commanded(lab);
    }

    /// Waits until whoever leads reaches into every instance, which takes a session with every agent.
    pub(crate) fn until_commanded(&self, lab: &Lab) {
        for instance in ["one", "two"] {
            until("the leader commands the agents", PATIENCE, || {
                let leader = grpc_address(lab.leader_among(&lab.running()));
                let output =
                    lab.hearth(&["--server", &leader, "exec", instance, "--", "true"]).output().unwrap();
                output.status.success().then_some(()).ok_or_else(|| said(&output))
            });
        }
    }

    /// The first process of every instance. As long as they are the same, nothing that runs has noticed anything.
    pub(crate) fn first_processes(&self) -> BTreeMap<String, FirstProcess> {
        let instances = self.agents.iter().flat_map(|agent| {
            let machine = &agent.machine;
            machine.instances().into_iter().filter_map(|id| Some((id.clone(), machine.first_process(&id)?)))
        });
        instances.filter(|(_, process)| lives(process.pid)).collect()
    }

    /// What DNS answers to a question for text, without quotes.
    pub(crate) fn text(&self, lab: &Lab, name: &str) -> String {
        let server = format!("@{}", Fabric::address(DNS));
        let mut command = lab.client_command("dig");
        command.args([&server, "+short", "+time=1", "+tries=1", name, "TXT"]);
        let output = command.output().unwrap();
        String::from_utf8_lossy(&output.stdout).trim().trim_matches('"').to_owned()
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        for agent in &mut self.agents {
            if std::thread::panicking() {
                eprintln!("--- agent {}\n{}", agent.id, agent.log_end());
            }
            agent.stop();
            if let Err(failed) = agent.machine.purge() {
                eprintln!("{failed}");
            }
        }
    }
}

fn apply(lab: &Lab) -> Result<(), String> {
    let leader = grpc_address(lab.leader_among(&lab.running()));
    let mut command = lab.hearth(&["--server", &leader, "apply", "-f", "-"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(MANIFEST.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    output.status.success().then_some(()).ok_or_else(|| said(&output))
}
