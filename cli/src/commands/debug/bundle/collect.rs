//! Going round and asking.

use super::Redaction;
use crate::client::{Client, Target};
use crate::commands::debug::{inspect_dns_server, inspect_node, inspect_server};
use crate::error::CliError;
use crate::output;
use controlplane_proto::api::{
    EnvironmentRequest, GetRequest, KindsRequest, Row, Server, ServersRequest, StatusRequest, StatusResponse,
};
use controlplane_proto::debug::{InspectRequest, InspectResponse};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Display;

const WHOLE: InspectRequest = InspectRequest { levels: String::new(), whole: true };

/// What was found.
#[derive(Default)]
pub(super) struct Collected {
    /// Texts by path.
    pub(super) files: BTreeMap<String, String>,
    /// What must not stand in them.
    pub(super) redaction: Redaction,
    /// What could not be had, and why.
    pub(super) missing: Vec<String>,
}

/// Names of those that can be asked through a server.
#[derive(Default)]
struct Found {
    nodes: Vec<String>,
    dns_servers: Vec<String>,
}

impl Collected {
    /// Everything that can be reached from here. Fails only when no server answers at all.
    pub(super) async fn from(target: &Target) -> Result<Self, CliError> {
        let mut client = target.connect().await?;
        let mut found = Self::default();
        found.secrets(&mut client).await;
        found.cluster(&mut client).await;
        let servers = found.servers(&mut client).await;
        let Found { nodes, dns_servers } = found.records(&mut client).await;
        for server in &servers {
            let name = format!("servers/{}", server.number);
            found.process(&name, inspect_server(target, &server.address, WHOLE).await);
        }
        for node in nodes {
            found.process(&format!("nodes/{node}"), inspect_node(target, &node, WHOLE).await);
        }
        for name in dns_servers {
            found.process(&format!("dns/{name}"), inspect_dns_server(target, &name, WHOLE).await);
        }
        found.add("missing.txt", found.missing.iter().map(|line| format!("{line}\n")).collect());
        found.add("README.txt", README.to_owned());
        Ok(found)
    }

    fn add(&mut self, path: impl Into<String>, text: String) {
        self.files.insert(path.into(), text);
    }

    fn miss(&mut self, what: impl Display, why: impl Display) {
        self.missing.push(format!("{what}: {why}"));
    }

    fn yaml(&mut self, path: impl Into<String>, value: &Value) {
        let path = path.into();
        match output::yaml(value) {
            Ok(text) => self.add(path, text),
            Err(_) => self.miss(path, "it cannot be written as YAML"),
        }
    }

    /// What is asked for only to be left out.
    async fn secrets(&mut self, client: &mut Client) {
        match client.environment(EnvironmentRequest {}).await {
            Ok(environment) => self.redaction.learn(&environment.into_inner().secret_access_key),
            // Nothing that is collected below holds it either.
            Err(status) => self.miss("a look for the account's secret in every file", status.message()),
        }
    }

    async fn cluster(&mut self, client: &mut Client) {
        self.add("client.txt", format!("hearth {}\n", env!("CARGO_PKG_VERSION")));
        match client.status(StatusRequest {}).await {
            Ok(status) => self.yaml("cluster.yaml", &cluster(&status.into_inner())),
            Err(status) => self.miss("cluster.yaml", status.message()),
        }
    }

    async fn servers(&mut self, client: &mut Client) -> Vec<Server> {
        match client.servers(ServersRequest {}).await {
            Ok(answer) => {
                let servers = answer.into_inner().servers;
                self.yaml("servers.yaml", &servers.iter().map(server).collect());
                servers
            }
            Err(status) => {
                self.miss("servers.yaml", status.message());
                Vec::new()
            }
        }
    }

    /// Every record that people can see, a file for each kind; who else can be asked.
    async fn records(&mut self, client: &mut Client) -> Found {
        let kinds = match client.kinds(KindsRequest {}).await {
            Ok(answer) => answer.into_inner().kinds,
            Err(status) => {
                self.miss("records", status.message());
                return Found::default();
            }
        };
        let mut found = Found::default();
        for kind in kinds {
            let request = GetRequest { kind: kind.name.clone(), ..GetRequest::default() };
            match client.get(request).await {
                Ok(answer) => {
                    let rows = answer.into_inner().rows;
                    let ids = || rows.iter().map(|row| row.id.clone()).collect();
                    match kind.name.as_str() {
                        "node" => found.nodes = ids(),
                        "dns_server" => found.dns_servers = ids(),
                        _ => {}
                    }
                    let records = rows.iter().filter_map(|row| self.record(row)).collect();
                    self.yaml(format!("records/{}.yaml", kind.name), &records);
                }
                Err(status) => self.miss(format!("records/{}.yaml", kind.name), status.message()),
            }
        }
        found
    }

    fn record(&mut self, row: &Row) -> Option<Value> {
        match serde_json::from_str::<Value>(&row.json) {
            Ok(mut record) => {
                self.redaction.record(&mut record);
                Some(record)
            }
            Err(error) => {
                self.miss(format!("{} {}", row.kind, row.id), error);
                None
            }
        }
    }

    fn process(&mut self, name: &str, answer: Result<InspectResponse, CliError>) {
        match answer {
            Ok(InspectResponse { version, levels, configuration, metrics, logs }) => {
                let process =
                    json!({"version": version, "logLevels": levels, "configuration": configuration});
                self.yaml(format!("{name}/process.yaml"), &process);
                self.add(format!("{name}/metrics.txt"), metrics);
                self.add(format!("{name}/log.txt"), logs);
            }
            Err(error) => self.miss(name, error.message()),
        }
    }
}

fn cluster(status: &StatusResponse) -> Value {
    json!({
        "version": status.version, "cluster": status.cluster_id, "region": status.region, "account": status.account_id,
        "leader": status.leader, "askedServer": status.server, "appliedIndex": status.applied_index,
        "nodes": status.nodes, "nodesReady": status.nodes_ready, "dnsServers": status.dns_servers,
    })
}

fn server(server: &Server) -> Value {
    let seen = server.seen.as_ref();
    json!({
        "number": server.number, "address": server.address, "role": server.role().as_str_name(), "leader": server.leader,
        "reachable": server.reachable, "version": server.version, "appliedIndex": server.applied_index,
        "lag": seen.map(|seen| seen.lag), "clockOffsetMs": seen.and_then(|seen| seen.clock_offset_ms),
    })
}

const README: &str = "\
What a Hearth region said of itself when `hearth debug bundle` was run.

cluster.yaml, servers.yaml  the cluster as the server that was asked knows it
records/KIND.yaml           every record; event.yaml tells what happened
servers/N, nodes/NAME, dns/NAME
                            of each process: arguments, log levels, metrics, newest log lines
missing.txt                 what could not be had, and why

[redacted] stands for access keys' secrets, tokens, private keys, user data, commands and values of environments.
Names, addresses and tags are as they are.
";
