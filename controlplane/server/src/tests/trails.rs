//! Trails into a bucket: what arrives, what waits while the store is down, and what a failover leaves whole.

use super::credentials::{gateway, send};
use super::{Cluster, run};
use crate::core::Core;
use crate::gateway::Gateway;
use crate::trails::{self, TrailSettings};
use controlplane_services_cloudtrail::event::TrailEvent;
use controlplane_services_cloudtrail::trail::{Delivery, TrailStore};
use controlplane_types::BoxFuture;
use controlplane_types::object_store::{NewObject, ObjectStore, PutError};
use flate2::read::GzDecoder;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Read;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A store in memory that can be down, or lose its answers.
#[derive(Default)]
struct Buckets(Mutex<State>);

#[derive(Default)]
struct State {
    is_down: bool,
    loses_answers: bool,
    objects: BTreeMap<String, Vec<u8>>,
    puts: usize,
}

impl ObjectStore for Buckets {
    fn endpoint(&self) -> String {
        "memory:".to_owned()
    }

    fn put(&self, object: NewObject) -> BoxFuture<Result<(), PutError>> {
        let mut state = self.0.lock().unwrap();
        state.puts += 1;
        if !state.is_down {
            state.objects.insert(format!("{}/{}", object.bucket, object.key), object.body);
        }
        let fails = state.is_down || state.loses_answers;
        let failed = || PutError { code: "Unreachable".into(), message: "nobody is there".into() };
        Box::pin(async move { if fails { Err(failed()) } else { Ok(()) } })
    }
}

impl Buckets {
    fn set(&self, is_down: bool, loses_answers: bool) {
        let mut state = self.0.lock().unwrap();
        (state.is_down, state.loses_answers) = (is_down, loses_answers);
    }

    fn puts(&self) -> usize {
        self.0.lock().unwrap().puts
    }

    fn keys(&self) -> Vec<String> {
        self.0.lock().unwrap().objects.keys().cloned().collect()
    }

    /// The ids of all events in all objects.
    fn events(&self) -> Vec<String> {
        let state = self.0.lock().unwrap();
        let mut ids = Vec::new();
        for body in state.objects.values() {
            let mut text = String::new();
            GzDecoder::new(&body[..]).read_to_string(&mut text).unwrap();
            let document: Value = serde_json::from_str(&text).unwrap();
            let records = document["Records"].as_array().unwrap().iter();
            ids.extend(records.map(|record| record["eventID"].as_str().unwrap().to_owned()));
        }
        ids.sort();
        ids
    }
}

/// Every member delivers to one store once it leads.
fn deliver(cluster: &Cluster) -> Arc<Buckets> {
    let store = Arc::new(Buckets::default());
    for (_, core) in cluster.servers.values() {
        let settings = TrailSettings { store: store.clone(), interval: Duration::from_secs(60) };
        trails::start(core, Some(settings));
    }
    store
}

async fn ok(cluster: &Cluster, gateway: &Gateway, core: &Core, call: (&str, &str, &Value)) -> String {
    let root = cluster.root_key(core);
    let (status, _, text) = send(gateway, &root, core.runtime.now(), call).await;
    assert_eq!(status, 200, "{text}");
    text
}

async fn start_trail(cluster: &Cluster, gateway: &Gateway, core: &Core) {
    while !TrailStore::is_there(&core.replica.applied().view) {
        cluster.sleep(50).await;
    }
    let trail = json!({"Name": "audit", "S3BucketName": "trails"});
    ok(cluster, gateway, core, ("cloudtrail", "CreateTrail", &trail)).await;
    // Time may stand still on the simulator, and what happened in the moment it was told to log is logged.
    cluster.sleep(10).await;
    ok(cluster, gateway, core, ("cloudtrail", "StartLogging", &json!({"Name": "audit"}))).await;
}

async fn make_vpc(cluster: &Cluster, gateway: &Gateway, core: &Core, number: usize) {
    let vpc = json!({"CidrBlock": format!("10.{number}.0.0/16")});
    ok(cluster, gateway, core, ("ec2", "CreateVpc", &vpc)).await;
}

async fn status(cluster: &Cluster, gateway: &Gateway, core: &Core) -> Value {
    let text = ok(cluster, gateway, core, ("cloudtrail", "GetTrailStatus", &json!({"Name": "audit"}))).await;
    serde_json::from_str(&text).unwrap()
}

/// The ids of all events since the trail was told to log.
fn recorded(core: &Core) -> Vec<String> {
    let view = core.replica.applied().view;
    let events = view.all::<TrailEvent>().filter(|event| event.action != "CreateTrail");
    let mut ids: Vec<String> = events.map(|event| event.key.id().to_owned()).collect();
    ids.sort();
    ids
}

#[test]
fn events_arrive_and_wait_while_the_store_is_down() {
    run(1, |cluster| async move {
        let (_, core) = cluster.leader().await;
        let (gateway, store) = (gateway(core), deliver(&cluster));
        start_trail(&cluster, &gateway, core).await;
        make_vpc(&cluster, &gateway, core, 1).await;
        cluster.sleep(40_000).await;
        assert_eq!(store.puts(), 0, "nothing is due before the interval is over");
        cluster.sleep(40_000).await;
        assert_eq!(store.events(), recorded(core));
        assert!(
            store.keys()[0].starts_with("trails/AWSLogs/123456789012/CloudTrail/us-east-1/"),
            "{:?}",
            store.keys()
        );
        // Idle: nothing to deliver, nothing written.
        let before = core.replica.applied().view.revision();
        cluster.sleep(600_000).await;
        assert_eq!((core.replica.applied().view.revision(), store.puts()), (before, 1));
        store.set(true, false);
        make_vpc(&cluster, &gateway, core, 2).await;
        cluster.sleep(90_000).await;
        let shown = status(&cluster, &gateway, core).await;
        assert_eq!(shown["LatestDeliveryError"], "Unreachable: nobody is there");
        assert!(shown["LatestDeliveryTime"].is_number(), "of what arrived before: {shown}");
        make_vpc(&cluster, &gateway, core, 3).await;
        cluster.sleep(3_600_000).await;
        let tried = store.puts();
        assert!((10..25).contains(&tried), "an hour without a store: {tried} attempts");
        assert_eq!(store.keys().len(), 1);
        store.set(false, false);
        cluster.sleep(400_000).await;
        assert_eq!(store.events(), recorded(core));
        let shown = status(&cluster, &gateway, core).await;
        assert_eq!(shown["LatestDeliveryError"], Value::Null);
    });
}

#[test]
fn a_failover_loses_no_event_and_names_no_object_twice() {
    run(3, |mut cluster| async move {
        let store = deliver(&cluster);
        let (first, _) = cluster.leader().await;
        {
            let core = cluster.core(first);
            let gateway = gateway(core);
            start_trail(&cluster, &gateway, core).await;
            make_vpc(&cluster, &gateway, core, 1).await;
            // The store takes the object, and its answer is lost with the leader.
            store.set(false, true);
            while store.keys().is_empty() {
                cluster.sleep(1_000).await;
            }
            let open = |core: &Core| {
                let view = core.replica.applied().view;
                view.all::<Delivery>().any(|delivery| delivery.open.is_some())
            };
            assert!(open(core));
        }
        let before = store.keys();
        cluster.kill(first);
        store.set(false, false);
        let (_, core) = cluster.leader().await;
        let gateway = gateway(core);
        cluster.sleep(20_000).await;
        assert_eq!(store.keys(), before, "the same object again, and no other");
        assert!(store.puts() > 1);
        make_vpc(&cluster, &gateway, core, 2).await;
        cluster.sleep(90_000).await;
        assert_eq!(store.events(), recorded(core));
        assert_eq!(store.keys().len(), 2);
    });
}

#[test]
fn without_a_store_there_is_no_trail() {
    run(1, |cluster| async move {
        let (_, core) = cluster.leader().await;
        trails::start(core, None);
        let gateway = gateway(core);
        let trail = json!({"Name": "audit", "S3BucketName": "trails"});
        let root = cluster.root_key(core);
        let call = ("cloudtrail", "CreateTrail", &trail);
        let (status, code, text) = send(&gateway, &root, core.runtime.now(), call).await;
        assert_eq!(status, 400);
        assert!(code.contains("S3BucketDoesNotExistException"), "{code}");
        assert!(text.contains("--object-store URL"), "{text}");
    });
}
