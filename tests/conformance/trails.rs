//! Trails into the buckets of a real S3 server, which goes down and comes back.

use super::passes_at;
use flate2::read::GzDecoder;
use serde_json::Value;
use std::io::Read;
use std::path::Path;
use tests::dev::Region;
use tests::s3::{ACCESS_KEY_ID, S3Server, SECRET};

const SCRIPT: &str = "trails_boto3.py";

/// The events in every object below `folder`, and the objects' keys.
fn delivered(folder: &Path, keys: &mut Vec<String>) -> Vec<Value> {
    let mut events = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            events.extend(delivered(&path, keys));
        } else if path.extension().is_some_and(|kind| kind == "gz") {
            let mut text = String::new();
            GzDecoder::new(std::fs::File::open(&path).unwrap()).read_to_string(&mut text).unwrap();
            let document: Value = serde_json::from_str(&text).unwrap();
            events.extend(document["Records"].as_array().unwrap().iter().cloned());
            keys.push(path.to_string_lossy().into_owned());
        }
    }
    events
}

#[test]
fn boto3_has_a_trail_whose_store_goes_down_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let bucket = folder.path().join("trails");
    std::fs::create_dir(&bucket).unwrap();
    let mut store = S3Server::start(folder.path());
    let region = Region::start(&[
        "--backend=sim",
        "--region=us-east-1,eu-west-1",
        "--zones=a",
        "--trail-interval=1",
        &format!("--object-store=http://{}", store.address()),
        &format!("--object-store-access-key-id={ACCESS_KEY_ID}"),
        &format!("--object-store-secret-access-key={SECRET}"),
    ]);
    passes_at(&region, &[SCRIPT, "create"]);
    store.stop();
    passes_at(&region, &[SCRIPT, "down"]);
    store.resume();
    passes_at(&region, &[SCRIPT, "back"]);
    let mut keys = Vec::new();
    let events = delivered(&bucket, &mut keys);
    let of = |name: &str, region: &str| {
        let is_it = |event: &&Value| event["eventName"] == name && event["awsRegion"] == region;
        events.iter().filter(is_it).count()
    };
    assert_eq!((of("CreateVpc", "us-east-1"), of("CreateVpc", "eu-west-1")), (2, 1), "{keys:?}");
    assert_eq!((of("CreateUser", "us-east-1"), of("StartLogging", "us-east-1")), (1, 1));
    // Refusals are written down a moment later, when it logged already.
    let made = |event: &&Value| event["eventName"] == "CreateTrail" && event["errorCode"].is_null();
    assert_eq!(events.iter().filter(made).count(), 0, "that was before it logged");
    let key = regex::Regex::new(
        r"/trails/audit/AWSLogs/123456789012/CloudTrail/(us-east-1|eu-west-1)/\d{4}/\d\d/\d\d/123456789012_CloudTrail_(us-east-1|eu-west-1)_\d{8}T\d{4}Z_[A-Z0-9]{16}\.json\.gz$",
    );
    let key = key.unwrap();
    assert!(keys.iter().all(|text| key.is_match(text)), "{keys:?}");
}
