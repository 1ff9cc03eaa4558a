//! Against a real S3 server, which keeps objects as files.

use super::*;
use ::tests::s3::{ACCESS_KEY_ID, S3Server, SECRET};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

fn store(address: SocketAddr, secret: &str) -> S3Store {
    S3Store::new(&Settings {
        endpoint: format!("http://{address}"),
        region: "us-east-1".into(),
        access_key_id: ACCESS_KEY_ID.into(),
        secret_access_key: secret.into(),
    })
}

/// A server of its own thread cannot be started within another runtime, so each call has its own.
fn put(store: &S3Store, object: NewObject) -> Result<(), PutError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(store.put(object))
}

fn object(bucket: &str, body: &str) -> NewObject {
    NewObject {
        bucket: bucket.into(),
        key: "audit/AWSLogs/1/a_b.json.gz".into(),
        body: body.into(),
        content_type: "application/json",
        content_encoding: "gzip",
    }
}

#[test]
fn objects_are_kept_and_replaced() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("trails")).unwrap();
    let server = S3Server::start(folder.path());
    let store = store(server.address(), SECRET);
    for body in ["first", "second"] {
        put(&store, object("trails", body)).unwrap();
        let kept = std::fs::read_to_string(folder.path().join("trails/audit/AWSLogs/1/a_b.json.gz")).unwrap();
        assert_eq!(kept, body);
    }
}

#[test]
fn what_the_store_says_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let server = S3Server::start(folder.path());
    let address = server.address();
    let error = put(&store(address, "wrong"), object("nowhere", "x")).unwrap_err();
    assert_eq!(error.code, "SignatureDoesNotMatch", "{error}");
    assert!(!format!("{:?}", store(address, "s3cr3t")).contains("s3cr3t"));
}

#[test]
fn a_store_that_is_not_there_is_unreachable() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = put(&store(address, SECRET), object("trails", "x")).unwrap_err();
    assert_eq!(error.code, "Unreachable", "{error}");
}
