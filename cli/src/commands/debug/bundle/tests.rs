//! A whole bundle of a region with a secret in every place where one can be.

use super::Bundle;
use crate::commands::debug::log_level::LogLevel;
use crate::one_region::{Region, SECRET, until};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use controlplane_proto::api::{Server, ServersRequest};
use controlplane_proto::debug::InspectRequest;
use controlplane_proto::identity::CreateTokenRequest;
use controlplane_telemetry::logs;
use controlplane_telemetry::metrics::catalogue;
use flate2::read::GzDecoder;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const SCRIPT: &str = "#!/bin/sh\nDATABASE_PASSWORD=correct-horse-battery\n";

fn manifests() -> String {
    let data = STANDARD.encode(SCRIPT);
    format!(
        "kind: Vpc\nmetadata: {{name: lab}}\nspec: {{cidrBlock: 10.0.0.0/16}}\n\
         ---\nkind: Subnet\nmetadata: {{name: lab}}\nspec: {{vpcId: lab, availabilityZone: us-east-1a, cidrBlock: 10.0.1.0/24}}\n\
         ---\nkind: Instance\nmetadata: {{name: one}}\nspec: {{imageId: hearth/web, instanceType: t3.micro, subnetId: lab, userData: {data}}}\n\
         ---\nkind: LaunchTemplate\nmetadata: {{name: tpl}}\nspec: {{launchTemplateData: {{imageId: hearth/web, instanceType: t3.micro, userData: {data}}}}}\n"
    )
}

/// Files of an archive by path.
fn unpack(file: &Path) -> BTreeMap<String, String> {
    let mut archive = tar::Archive::new(GzDecoder::new(File::open(file).unwrap()));
    let read = |entry: std::io::Result<tar::Entry<'_, _>>| {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_str().unwrap().to_owned();
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        (path.strip_prefix("hearth-bundle/").unwrap().to_owned(), text)
    };
    archive.entries().unwrap().map(read).collect()
}

async fn token(region: &Region) -> String {
    let request = CreateTokenRequest { role: "agent".into(), name: String::new(), ttl_seconds: 600 };
    let target = region.target();
    let made = target.ask_identity(|mut client| {
        let request = request.clone();
        async move { client.create_token(request).await.map(tonic::Response::into_inner) }
    });
    made.await.unwrap().token
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bundle_holds_everything_but_secrets() {
    logs::start(Some("error")).unwrap();
    let region = Region::start().await;
    region.apply(&manifests()).await;
    let token = token(&region).await;
    until("a running instance", async || {
        region.rows("instance").await.iter().any(|row| row["status"]["state"] == "running")
    })
    .await;
    // What somebody logged by mistake.
    let key = std::fs::read_to_string(find_key(&region.target().pki_dir())).unwrap();
    tracing::error!(token, SECRET, key, "mistake: DATABASE_PASSWORD=correct-horse-battery");

    let file = region.folder().join("bundle.tar.gz");
    let bundle = || Bundle { output: Some(file.clone()) };
    bundle().run(&region.target()).await.unwrap();
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(bundle().run(&region.target()).await.is_err(), "a file that exists is not written over");

    let files = unpack(&file);
    let expected = [
        ("cluster.yaml", "us-east-1"),
        ("servers.yaml", "reachable: true"),
        ("records/instance.yaml", "i-"),
        ("records/launch_template.yaml", "tpl"),
        ("records/event.yaml", ""),
        ("servers/1/process.yaml", "logLevels: error"),
        ("servers/1/metrics.txt", "hearth_instances{state=\"running\"} 1"),
        ("servers/1/log.txt", "mistake"),
        ("nodes/node-1/process.yaml", "version"),
        ("missing.txt", ""),
        ("README.txt", "[redacted]"),
    ];
    for (path, part) in expected {
        let text = files.get(path).unwrap_or_else(|| panic!("{path} is missing: {:?}", files.keys()));
        assert!(text.contains(part), "{path}: {text}");
    }
    assert_eq!(files["missing.txt"], "");
    let key_line = key.lines().nth(1).unwrap();
    let secret_part = token.rsplit('.').next().unwrap();
    let secrets = [SECRET, secret_part, key_line, "correct-horse-battery", &STANDARD.encode(SCRIPT)];
    for (path, text) in &files {
        for secret in secrets {
            assert!(!text.contains(secret), "{path} holds {secret}");
        }
    }
    every_metric_is_in_the_catalogue(&files["servers/1/metrics.txt"]);
    levels_change_while_it_runs(&region).await;
}

/// Once each, whatever part of the program wrote it.
fn every_metric_is_in_the_catalogue(page: &str) {
    let types = page.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let told: Vec<(&str, &str)> = types.filter_map(|line| line.split_once(' ')).collect();
    for (name, kind) in &told {
        let known = catalogue::ALL.iter().find(|metric| metric.name == *name);
        assert_eq!(known.map(|metric| metric.kind.name()), Some(*kind), "{name}");
    }
    let names: BTreeSet<&str> = told.iter().map(|(name, _)| *name).collect();
    assert_eq!(names.len(), told.len(), "{told:?}");
    assert!(
        names.contains("hearth_grpc_requests_total") && names.contains("hearth_writer_commit_seconds"),
        "{names:?}"
    );
}

fn find_key(folder: &Path) -> std::path::PathBuf {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let is_key = |path: &std::path::PathBuf| {
        std::fs::read_to_string(path).is_ok_and(|text| text.contains("PRIVATE KEY"))
    };
    files.into_iter().find(is_key).unwrap()
}

/// In the same test: the levels belong to the process.
async fn levels_change_while_it_runs(region: &Region) {
    let target = region.target();
    let server: Server =
        region.client().await.servers(ServersRequest {}).await.unwrap().into_inner().servers.remove(0);
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let asked = |levels: &str, node: &[&str], dns_server: &[&str]| LogLevel {
        levels: Some(levels.to_owned()).filter(|levels| !levels.is_empty()),
        node: names(node),
        dns_server: names(dns_server),
    };
    let command = |levels: &str, nodes: &[&str]| asked(levels, nodes, &[]);
    command("controlplane_server::gateway=debug", &[]).run(&target).await.unwrap();
    assert_eq!(logs::levels().unwrap(), "error,controlplane_server::gateway=debug");
    command("agent=warn", &["node-1"]).run(&target).await.unwrap();
    assert_eq!(logs::levels().unwrap(), "error,agent=warn,controlplane_server::gateway=debug");
    command("", &[]).run(&target).await.unwrap();
    assert!(command("", &["nobody"]).run(&target).await.is_err());
    assert!(asked("", &[], &["nobody"]).run(&target).await.is_err());
    let mut client = target.debug_at(&server.address).await.unwrap();
    let slip = InspectRequest { levels: "agent=loud".to_owned(), whole: false };
    let refused = client.inspect(slip).await.unwrap_err();
    assert!(
        refused.code() == tonic::Code::InvalidArgument && refused.message().contains("\"loud\""),
        "{refused}"
    );
    command("default", &[]).run(&target).await.unwrap();
    assert_eq!(logs::levels().unwrap(), "error");
}
