//! Every method behind the gRPC port, asked by somebody without a certificate and by somebody with another's role. The methods
//! are read from the contracts themselves, so that a new one cannot be forgotten.

use super::house::{House, channel};
use crate::pki::Role;
use http::Request;
use std::future::poll_fn;
use std::time::Duration;
use tonic::Code;
use tonic::body::Body;
use tonic::client::GrpcService;
use tonic::transport::Channel;

const DAY: Duration = Duration::from_secs(24 * 3600);

const CONTRACTS: [&str; 6] = [
    include_str!("../../../../proto/proto/agent.proto"),
    include_str!("../../../../proto/proto/debug.proto"),
    include_str!("../../../../proto/proto/dns.proto"),
    include_str!("../../../../proto/proto/hearth.proto"),
    include_str!("../../../../proto/proto/identity.proto"),
    include_str!("../../../../proto/proto/raft.proto"),
];

/// Between DNS servers, at none of ours.
const ELSEWHERE: &str = "HealthExchange";
/// What has to be open, since a machine that wants to come in has no certificate yet.
const OPEN: [&str; 3] = ["Identity/Join", "Identity/Enter", "Identity/Standing"];

/// `package.Service/Method` of every method of this port.
fn methods() -> Vec<String> {
    CONTRACTS.iter().flat_map(|contract| methods_of(contract)).collect()
}

fn methods_of(contract: &str) -> Vec<String> {
    let (mut package, mut service, mut found) = ("", "", Vec::new());
    for line in contract.lines() {
        let word = |keyword: &str| line.trim().strip_prefix(keyword)?.split([' ', ';', '(']).next();
        package = word("package ").unwrap_or(package);
        service = word("service ").unwrap_or(service);
        found.extend(word("rpc ").map(|method| format!("{package}.{service}/{method}")));
    }
    found.into_iter().filter(|path| !path.contains(ELSEWHERE)).collect()
}

/// How a call with an empty message ends, if it ends by its head.
async fn ends(channel: &mut Channel, path: &str) -> Option<Code> {
    poll_fn(|cx| channel.poll_ready(cx)).await.unwrap();
    // Not compressed, no bytes.
    let message = Body::new(http_body_util::Full::new(bytes::Bytes::from_static(&[0; 5])));
    let request = Request::post(format!("https://server/{path}")).header("content-type", "application/grpc");
    let response = channel.call(request.header("te", "trailers").body(message).unwrap()).await.unwrap();
    let status = response.headers().get("grpc-status")?;
    Some(Code::from_bytes(status.as_bytes()))
}

#[tokio::test(flavor = "multi_thread")]
async fn no_method_answers_without_a_certificate() {
    let house = House::start(DAY).await;
    let authority = house.folder().authority().unwrap().fingerprint();
    let connector = crate::pki::pinned_connector(authority, Role::Server).unwrap();
    let mut anonymous = channel(&house.addresses()[0], connector).await.unwrap();
    let methods = methods();
    assert!(methods.len() > 35, "{methods:?}");
    for path in methods {
        let found = ends(&mut anonymous, &path).await;
        match OPEN.iter().any(|open| path.ends_with(open)) {
            true => assert_ne!(found, Some(Code::Unimplemented), "{path}"),
            false => assert_eq!(found, Some(Code::Unauthenticated), "{path}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_opens_no_other_door() {
    let house = House::start(DAY).await;
    let dns = house.guest(Role::Dns, "ns1").await;
    let mut dns = house.channel(&dns.credentials).await;
    for path in methods() {
        let is_own = ["DnsFeed", "Identity"].iter().any(|own| path.contains(own));
        if !is_own {
            assert_eq!(ends(&mut dns, &path).await, Some(Code::PermissionDenied), "{path}");
        }
    }
}
