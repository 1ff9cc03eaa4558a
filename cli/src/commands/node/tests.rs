//! What people say of a node and what its machine says, in a region with one simulated machine.

use crate::commands::{Arguments, Command};
use crate::error::CliError;
use crate::one_region::{Region, until};
use clap::Parser;
use serde_json::Value;

const PICKY: &str = "kind: Instance
metadata: {name: picky}
spec: {imageId: hearth/web, instanceType: t3.nano, tags: {'hearth:node-selector/disk': ssd, 'hearth:toleration/own': ''}}";

async fn node(region: &Region, words: &[&str]) -> Result<(), CliError> {
    let words = ["hearth", "node"].iter().chain(words);
    match Arguments::try_parse_from(words.clone()).unwrap().command {
        Command::Node(command) => command.run(&region.target()).await,
        _ => panic!("{:?} is not about nodes", words.collect::<Vec<_>>()),
    }
}

async fn status(region: &Region, kind: &str) -> Value {
    let rows = region.rows(kind).await;
    rows.into_iter().map(|row| row["status"].clone()).next().unwrap_or_default()
}

async fn instance_becomes(region: &Region, state: &str) {
    until(state, async || status(region, "instance").await["state"] == state).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_and_taints_choose_who_comes_and_who_stays() {
    let region = Region::start().await;
    node(&region, &["taint", "node-1", "own=lab:NoSchedule"]).await.unwrap();
    region.apply(PICKY).await;
    let waits = status(&region, "instance").await["placement"].clone();
    assert_eq!(waits[0], "node-1 has no label disk, disk=ssd is needed");
    node(&region, &["label", "node-1", "disk=hdd"]).await.unwrap();
    let refused = node(&region, &["label", "node-1", "disk=ssd"]).await.unwrap_err();
    assert!(refused.message().contains("'disk' already has a value (hdd), and --overwrite is false"));
    node(&region, &["label", "node-1", "disk=ssd", "--overwrite"]).await.unwrap();
    instance_becomes(&region, "running").await;
    node(&region, &["taint", "node-1", "own=lab:NoExecute", "own:NoSchedule-"]).await.unwrap();
    let refused = node(&region, &["taint", "node-1", "other:NoExecute"]).await.unwrap_err();
    assert!(refused.message().contains("belong to no group"), "{refused:?}");
    let found = status(&region, "node").await;
    assert_eq!(
        (&found["labels"]["disk"], &found["taints"]),
        (&"ssd".into(), &serde_json::json!(["own=lab:NoExecute"]))
    );
    assert_eq!(status(&region, "instance").await["state"], "running", "nothing half done");
    node(&region, &["taint", "node-1", "other:NoExecute", "--force"]).await.unwrap();
    instance_becomes(&region, "terminated").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_without_memory_is_relieved() {
    let region = Region::start().await;
    region
        .apply("kind: Instance\nmetadata: {name: alone}\nspec: {imageId: hearth/web, instanceType: t3.nano}")
        .await;
    instance_becomes(&region, "running").await;
    region.machine.strain(|margins| margins.memory.available = 1);
    instance_becomes(&region, "stopped").await;
    assert_eq!(status(&region, "instance").await["stateReason"]["code"], "Server.NodePressure");
    let pressures = status(&region, "node").await["pressures"].clone();
    assert_eq!(pressures[0]["condition"], "MemoryPressure");
    assert_eq!(pressures[0]["reason"], "0Mi is left, memory.available<100Mi is too little");
}
