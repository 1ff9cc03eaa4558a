//! The rules as a table, then the sockets.

use super::answer::{TOKEN_HEADER, TTL_HEADER};
use super::*;
use crate::testing::OnTokio;
use controlplane_types::Timestamp;
use http::{HeaderMap, HeaderName, Method, StatusCode};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

const PROFILE: &str = "arn:aws:iam::123456789012:instance-profile/web";
const NOW: Timestamp = Timestamp(1_800_000_000_000);

fn instance() -> (proto::Instance, Vec<proto::NetworkInterface>) {
    let metadata = proto::Metadata {
        account_id: "123456789012".into(),
        region: "eu-west-1".into(),
        availability_zone: "eu-west-1a".into(),
        instance_type: "t3.micro".into(),
        reservation_id: "r-1".into(),
        launch_index: 2,
        key_name: "mine".into(),
        public_key: "ssh-ed25519 AAAA mine".into(),
        pending_time_ms: 1_700_000_000_123,
        tags: [("Name".to_owned(), "web".to_owned())].into(),
        http_tokens_required: false,
        hop_limit: 1,
        enabled: true,
        ami_id: "ami-1".into(),
        instance_profile_arn: PROFILE.into(),
    };
    let instance = proto::Instance {
        id: "i-1".into(),
        hostname: "ip-10-0-0-5".into(),
        user_data: b"#!/bin/sh\n\xff".to_vec(),
        metadata: Some(metadata.into()),
        network_interface_ids: vec!["eni-1".into()],
        ..proto::Instance::default()
    };
    let interface = proto::NetworkInterface {
        id: "eni-1".into(),
        vpc_id: "vpc-1".into(),
        subnet_id: "subnet-1".into(),
        mac_address: "02:00:00:00:00:01".into(),
        private_addresses: vec!["127.0.0.1".into(), "10.0.0.6".into()],
        security_group_ids: vec!["sg-1".into(), "sg-2".into()],
        public_addresses: [("127.0.0.1".to_owned(), "203.0.113.5".to_owned())].into(),
        ..proto::NetworkInterface::default()
    };
    (instance, vec![interface])
}

fn view(change: impl Fn(&mut proto::Metadata)) -> View {
    let (mut instance, interfaces) = instance();
    change(instance.metadata.as_mut().unwrap());
    View::new(&instance, &interfaces, None)
}

fn request(method: Method, path: &str, headers: &[(&str, &str)]) -> Request {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
    }
    Request { method, path: path.into(), headers: map }
}

fn tokens() -> Tokens {
    Tokens::new([7; 32])
}

/// Version 1, which this instance allows.
fn get(path: &str) -> (u16, String) {
    let reply = answer(&request(Method::GET, path, &[]), &view(|_| {}), &tokens(), NOW);
    (reply.status.as_u16(), String::from_utf8_lossy(&reply.body).into_owned())
}

#[test]
fn values() {
    for (path, value) in [
        ("ami-id", "ami-1"),
        ("ami-launch-index", "2"),
        ("hostname", "ip-10-0-0-5"),
        ("instance-id", "i-1"),
        ("instance-type", "t3.micro"),
        ("local-hostname", "ip-10-0-0-5"),
        ("local-ipv4", "127.0.0.1"),
        ("mac", "02:00:00:00:00:01"),
        ("placement/availability-zone", "eu-west-1a"),
        ("placement/region", "eu-west-1"),
        ("public-ipv4", "203.0.113.5"),
        ("public-keys/0/openssh-key", "ssh-ed25519 AAAA mine"),
        ("reservation-id", "r-1"),
        ("tags/instance/Name", "web"),
        ("network/interfaces/macs/02:00:00:00:00:01/local-ipv4s", "127.0.0.1\n10.0.0.6"),
        ("network/interfaces/macs/02:00:00:00:00:01/security-group-ids", "sg-1\nsg-2"),
        ("network/interfaces/macs/02:00:00:00:00:01/ipv4-associations/203.0.113.5", "127.0.0.1"),
    ] {
        for version in ["latest", "2009-04-04", "1.0"] {
            assert_eq!(get(&format!("/{version}/meta-data/{path}")), (200, value.to_owned()), "{path}");
        }
    }
}

#[test]
fn listings() {
    for (path, lines) in [
        ("/latest", "dynamic/\nmeta-data/\nuser-data"),
        ("/latest/", "dynamic/\nmeta-data/\nuser-data"),
        ("/latest/meta-data/placement/", "availability-zone\nregion"),
        ("/latest/meta-data/public-keys", "0=mine"),
        ("/latest/meta-data/public-keys/0/", "openssh-key"),
        ("/latest/meta-data/tags/instance", "Name"),
        ("//latest//meta-data//network/interfaces/macs/", "02:00:00:00:00:01/"),
        ("/latest/dynamic/instance-identity/", "document"),
    ] {
        assert_eq!(get(path), (200, lines.to_owned()), "{path}");
    }
    assert!(get("/").1.starts_with("1.0\n") && get("/").1.ends_with("\nlatest"));
    let all = get("/latest/meta-data/").1;
    assert!(all.contains("\nnetwork/\nplacement/\npublic-ipv4\npublic-keys/\n"), "{all}");
}

#[test]
fn what_is_not_known_is_not_there() {
    for path in [
        "/earliest/meta-data",
        "/latest/meta-data/iam/security-credentials/",
        "/latest/meta-data/ami-id/x",
        "/latest/meta-data/public-keys/1/openssh-key",
        "/latest/../latest",
        "/latest/meta-data/instance-id%00",
        "/meta-data",
    ] {
        assert_eq!(get(path).0, 404, "{path}");
    }
    let bare = View::new(
        &proto::Instance {
            metadata: Some(proto::Metadata { enabled: true, ..Default::default() }.into()),
            ..Default::default()
        },
        &[],
        None,
    );
    for path in
        ["user-data", "meta-data/public-ipv4", "meta-data/tags", "meta-data/public-keys", "meta-data/network"]
    {
        let asked = request(Method::GET, &format!("/latest/{path}"), &[]);
        assert_eq!(answer(&asked, &bare, &tokens(), NOW).status, 404, "{path}");
    }
}

#[test]
fn user_data_is_bytes_and_identity_is_json() {
    let reply = answer(&request(Method::GET, "/latest/user-data", &[]), &view(|_| {}), &tokens(), NOW);
    assert_eq!((reply.content_type, &reply.body[..]), ("application/octet-stream", &b"#!/bin/sh\n\xff"[..]));
    let document: serde_json::Value =
        serde_json::from_str(&get("/latest/dynamic/instance-identity/document").1).unwrap();
    for (key, value) in [
        ("instanceId", "i-1"),
        ("privateIp", "127.0.0.1"),
        ("region", "eu-west-1"),
        ("pendingTime", "2023-11-14T22:13:20Z"),
        ("accountId", "123456789012"),
    ] {
        assert_eq!(document[key], value, "{key}");
    }
}

#[test]
fn token_requests() {
    let put = |path: &str, headers: &[(&str, &str)]| {
        answer(&request(Method::PUT, path, headers), &view(|_| {}), &tokens(), NOW).status.as_u16()
    };
    let path = "/latest/api/token";
    for (ttl, status) in [
        ("1", 200),
        ("21600", 200),
        ("0", 400),
        ("21601", 400),
        ("-1", 400),
        ("+5", 400),
        ("", 400),
        ("x", 400),
        ("1.5", 400),
    ] {
        assert_eq!(put(path, &[(TTL_HEADER, ttl)]), status, "{ttl}");
    }
    assert_eq!(put(path, &[]), 400);
    assert_eq!(put(path, &[(TTL_HEADER, "60"), (TTL_HEADER, "60")]), 400);
    assert_eq!(put(path, &[(TTL_HEADER, "60"), ("X-Forwarded-For", "10.1.1.1")]), 403);
    assert_eq!(put("/latest/meta-data/ami-id", &[(TTL_HEADER, "60")]), 405);
    let reply = answer(&request(Method::PUT, path, &[(TTL_HEADER, "60")]), &view(|_| {}), &tokens(), NOW);
    assert_eq!(reply.token_ttl_s, Some(60));
}

#[test]
fn tokens_open_their_own_instance_while_they_live() {
    let required = view(|metadata| metadata.http_tokens_required = true);
    let (own, foreign) = (tokens().issue("i-1", 60, NOW), tokens().issue("i-2", 60, NOW));
    let other_key = Tokens::new([8; 32]).issue("i-1", 60, NOW);
    let mut changed = own.clone().into_bytes();
    changed[3] ^= 1;
    let changed = String::from_utf8(changed).unwrap();
    let after = |seconds| NOW + Duration::from_secs(seconds);
    for (name, headers, now, status) in [
        ("none", vec![], NOW, 401),
        ("own", vec![&own], NOW, 200),
        ("own, late", vec![&own], after(59), 200),
        ("own, too late", vec![&own], after(60), 401),
        ("of another instance", vec![&foreign], NOW, 401),
        ("of another agent", vec![&other_key], NOW, 401),
        ("changed", vec![&changed], NOW, 401),
        ("nonsense", vec![&"%%%".to_owned()], NOW, 401),
        ("twice", vec![&own, &own], NOW, 401),
    ] {
        let headers: Vec<_> = headers.iter().map(|token| (TOKEN_HEADER, token.as_str())).collect();
        let asked = request(Method::GET, "/latest/meta-data/instance-id", &headers);
        assert_eq!(answer(&asked, &required, &tokens(), now).status.as_u16(), status, "{name}");
    }
    // A wrong token is refused even where none is needed.
    let asked = request(Method::GET, "/latest/meta-data/instance-id", &[(TOKEN_HEADER, &foreign)]);
    assert_eq!(answer(&asked, &view(|_| {}), &tokens(), NOW).status, 401);
}

#[test]
fn other_methods_and_disabled_services_are_refused() {
    for method in [Method::POST, Method::DELETE, Method::OPTIONS] {
        let reply = answer(&request(method, "/latest/meta-data", &[]), &view(|_| {}), &tokens(), NOW);
        assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED);
    }
    let disabled = view(|metadata| metadata.enabled = false);
    for method in [Method::GET, Method::PUT] {
        let asked = request(method, "/latest/api/token", &[(TTL_HEADER, "60")]);
        assert_eq!(answer(&asked, &disabled, &tokens(), NOW).status, StatusCode::FORBIDDEN);
    }
}

/// A service on the loopback that knows one instance there.
fn serving() -> (Metadata, SocketAddr) {
    let metadata = Metadata::new(Arc::new(OnTokio));
    metadata.set(vec![instance()]);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    metadata.serve("vpc-1", listener).unwrap();
    (metadata, address)
}

/// Sends bytes and reads to the end of the connection.
async fn exchange(address: SocketAddr, bytes: impl Into<Vec<u8>>) -> String {
    let bytes = bytes.into();
    let talk = move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        // The service may hang up before it has read everything.
        let _ = stream.write_all(&bytes);
        let mut reply = Vec::new();
        let _ = stream.read_to_end(&mut reply);
        String::from_utf8_lossy(&reply).into_owned()
    };
    tokio::task::spawn_blocking(talk).await.unwrap()
}

#[tokio::test]
async fn over_a_socket() {
    let (_metadata, address) = serving();
    let put = "PUT /latest/api/token HTTP/1.1\r\nHost: a\r\nX-aws-ec2-metadata-token-ttl-seconds: 60\r\nConnection: close\r\n\r\n";
    let reply = exchange(address, put).await;
    assert!(reply.starts_with("HTTP/1.1 200 OK\r\n") && reply.contains("server: EC2ws\r\n"), "{reply}");
    assert!(reply.contains("x-aws-ec2-metadata-token-ttl-seconds: 60\r\n"), "{reply}");
    let token = reply.rsplit("\r\n").next().unwrap();
    let get = format!(
        "GET /latest/meta-data/instance-id HTTP/1.1\r\nHost: a\r\nX-aws-ec2-metadata-token: {token}\r\nConnection: close\r\n\r\n"
    );
    assert!(exchange(address, get).await.ends_with("\r\n\r\ni-1"));
    let head = "HEAD /latest/user-data HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let reply = exchange(address, head).await;
    assert!(reply.contains("content-length: 11\r\n") && reply.ends_with("\r\n\r\n"), "{reply}");
}

#[tokio::test]
async fn strangers_and_gone_instances_get_nothing() {
    let (metadata, address) = serving();
    let get = "GET /latest/meta-data/instance-id HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    assert!(exchange(address, get).await.ends_with("i-1"));
    metadata.set(Vec::new());
    assert_eq!(exchange(address, get).await, "");
    // The same address in another VPC is somebody else.
    metadata.set(vec![instance()]);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let elsewhere = listener.local_addr().unwrap();
    metadata.serve("vpc-2", listener).unwrap();
    assert_eq!(exchange(elsewhere, get).await, "");
}

#[tokio::test]
async fn oversized_and_malformed_heads_are_refused() {
    let (_metadata, address) = serving();
    let many: String = (0..100).map(|n| format!("h{n}: x\r\n")).collect();
    for (name, head) in [
        ("many headers", format!("GET / HTTP/1.1\r\nHost: a\r\n{many}\r\n")),
        ("a long header", format!("GET / HTTP/1.1\r\nHost: a\r\nx: {}\r\n\r\n", "y".repeat(40_000))),
        ("a long path", format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "y".repeat(70_000))),
        ("no HTTP", "\0\u{1}\u{2}\r\n\r\n".to_owned()),
    ] {
        let reply = exchange(address, head).await;
        assert!(reply.is_empty() || reply.starts_with("HTTP/1.1 4"), "{name}: {reply}");
    }
    let fine = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    assert!(exchange(address, fine).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn one_instance_cannot_take_all_connections() {
    let (_metadata, address) = serving();
    let get = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let idle: Vec<_> = (0..32).map(|_| TcpStream::connect(address).unwrap()).collect();
    let limit = std::time::Instant::now() + Duration::from_secs(4);
    while exchange(address, get).await.starts_with("HTTP") {
        assert!(std::time::Instant::now() < limit, "a 33rd connection is served");
    }
    drop(idle);
    let limit = std::time::Instant::now() + Duration::from_secs(30);
    while !exchange(address, get).await.starts_with("HTTP/1.1 200") {
        assert!(std::time::Instant::now() < limit, "places become free again");
    }
}

#[tokio::test]
async fn a_door_that_is_shut_down_ends_its_task() {
    let (metadata, address) = serving();
    drop(metadata);
    let limit = std::time::Instant::now() + Duration::from_secs(30);
    while TcpStream::connect(address).is_ok() {
        assert!(std::time::Instant::now() < limit, "it still listens");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn credentials() -> proto::RoleCredentials {
    proto::RoleCredentials {
        instance_id: "i-1".into(),
        instance_profile_arn: PROFILE.into(),
        instance_profile_id: "AIPA1".into(),
        updated_ms: 1_800_000_000_123,
        role: "reader".into(),
        access_key_id: "ASIA1".into(),
        secret_access_key: "secret".into(),
        session_token: "token".into(),
        expires_ms: 1_800_021_600_000,
        ..proto::RoleCredentials::default()
    }
}

fn with_credentials(given: &proto::RoleCredentials, path: &str) -> Reply {
    let (instance, interfaces) = instance();
    let view = View::new(&instance, &interfaces, Some(given));
    answer(&request(Method::GET, path, &[]), &view, &Tokens::new([1; 32]), NOW)
}

#[test]
fn a_role_is_told_as_the_sdks_read_it() {
    let given = credentials();
    let read = |path: &str| {
        let reply = with_credentials(&given, &format!("/latest/meta-data/iam/{path}"));
        assert_eq!(reply.status, StatusCode::OK, "{path}");
        String::from_utf8(reply.body).unwrap()
    };
    assert_eq!(read(""), "info\nsecurity-credentials/");
    assert_eq!(read("security-credentials/"), "reader");
    let role: serde_json::Value = serde_json::from_str(&read("security-credentials/reader")).unwrap();
    let expected = serde_json::json!({
        "Code": "Success", "LastUpdated": "2027-01-15T08:00:00Z", "Type": "AWS-HMAC", "AccessKeyId": "ASIA1",
        "SecretAccessKey": "secret", "Token": "token", "Expiration": "2027-01-15T14:00:00Z",
    });
    assert_eq!(role, expected);
    let info: serde_json::Value = serde_json::from_str(&read("info")).unwrap();
    assert_eq!((&info["Code"], &info["InstanceProfileArn"]), (&"Success".into(), &PROFILE.into()));
}

#[test]
fn a_role_that_cannot_be_had_is_told_with_its_reason() {
    let refused = |role: &str, code: &str| proto::RoleCredentials {
        role: role.into(),
        error_code: code.into(),
        error_message: "why".into(),
        ..credentials()
    };
    let untrusted = refused("reader", "AssumeRoleUnauthorizedAccess");
    let reply = with_credentials(&untrusted, "/latest/meta-data/iam/security-credentials/reader");
    let told: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!((&told["Code"], &told["Message"]), (&"AssumeRoleUnauthorizedAccess".into(), &"why".into()));
    assert_eq!(told.get("SecretAccessKey"), None);
    let gone = refused("", "InstanceProfileNotFound");
    let reply = with_credentials(&gone, "/latest/meta-data/iam/info");
    let told: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(told["Code"], "InstanceProfileNotFound");
    let empty = refused("", "");
    assert_eq!(
        with_credentials(&empty, "/latest/meta-data/iam/security-credentials/").status,
        StatusCode::NOT_FOUND
    );
}

#[test]
fn credentials_go_with_the_profile() {
    let mut known = super::directory::Known::default();
    let (mut machine, interfaces) = instance();
    known.replace(vec![(machine.clone(), interfaces.clone())]);
    known.give(credentials());
    let shown = |known: &super::directory::Known| {
        let directory = super::directory::Directory::new(known);
        let view = directory.find("vpc-1", "10.0.0.6".parse().unwrap()).unwrap();
        let asked = request(Method::GET, "/latest/meta-data/iam/info", &[]);
        answer(&asked, &view, &Tokens::new([1; 32]), NOW).status
    };
    assert_eq!(shown(&known), StatusCode::OK);
    known.replace(vec![(machine.clone(), interfaces.clone())]);
    assert_eq!(shown(&known), StatusCode::OK);
    machine.metadata.as_mut().unwrap().instance_profile_arn.clear();
    known.replace(vec![(machine, interfaces)]);
    assert_eq!(shown(&known), StatusCode::NOT_FOUND);
}
