//! Coming in.

use super::house::{House, Session, channel, until};
use crate::pki::join::{CallError, JoinRequest, join, join_as_administrator};
use crate::pki::{Credentials, Fingerprint, Folder, KeyAndRequest, Role, Token};
use controlplane_proto::agent::server_message;
use controlplane_proto::api::hearth_client::HearthClient;
use controlplane_proto::api::{GetRequest, RemoveServerRequest, StatusRequest};
use controlplane_proto::identity::identity_client::IdentityClient;
use controlplane_proto::identity::{self as api, CreateTokenRequest};
use controlplane_raft::TokioRuntime;
use std::time::Duration;
use tonic::Code;

const DAY: Duration = Duration::from_secs(24 * 3600);

fn refusal<T>(answer: Result<T, CallError>) -> String {
    match answer {
        Ok(_) => "came in".to_owned(),
        Err(CallError::Refused(status)) => format!("{:?}: {}", status.code(), status.message()),
        Err(error) => error.to_string(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_comes_in_with_a_token_and_speaks_for_itself_only() {
    let house = House::start(DAY).await;
    let guest = house.guest(Role::Agent, "rack1").await;
    let mut session = Session::open(&house, &guest, "rack1").await.unwrap();
    assert!(session.begun().await);
    let mut other = Session::open(&house, &guest, "rack2").await.unwrap();
    let Some(server_message::Message::Refused(reason)) = other.hear().await.unwrap().message else {
        panic!("an agent may not say that it is another");
    };
    assert!(reason.contains("rack1"), "{reason}");
    assert!(session.is_alive().await, "the right one is left alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_are_told_nothing() {
    let house = House::start(DAY).await;
    let authority = house.folder().authority().unwrap().fingerprint();
    let good = house.token(Role::Agent, "rack1", 60).await;
    let used = house.token(Role::Agent, "", 60).await;
    house.join(Role::Agent, "a", &used).await.unwrap();
    let expired = house.token(Role::Agent, "", 1).await;
    let mut native = house.native().await;
    until("the token expires", async || {
        let request =
            GetRequest { kind: "join_token".into(), name: expired.id().into(), ..GetRequest::default() };
        let rows = native.get(request).await.unwrap().into_inner().rows;
        rows[0].cells.contains(&"Expired".to_owned())
    })
    .await;
    let secret = "0".repeat(40);
    let cases = [
        ("unknown", Token::new(authority, "0123456789".into(), secret.clone()), Role::Agent, "rack1"),
        ("wrong secret", Token::new(authority, good.id().into(), secret), Role::Agent, "rack1"),
        ("wrong role", good.clone(), Role::Server, "rack1"),
        ("wrong name", good.clone(), Role::Agent, "rack2"),
        ("used", used, Role::Agent, "a"),
        ("expired", expired, Role::Agent, "a"),
    ];
    let mut said = Vec::new();
    for (what, token, role, name) in cases {
        let refused = refusal(house.join(role, name, &token).await);
        assert!(refused.starts_with("PermissionDenied"), "{what}: {refused}");
        said.push(refused);
    }
    said.dedup();
    assert_eq!(said.len(), 1, "{said:?}");
    let elsewhere = Token::new(Fingerprint::of(b"other"), good.id().into(), "0".repeat(40));
    let refused = refusal(house.join(Role::Agent, "rack1", &elsewhere).await);
    assert!(refused.contains("no server answers"), "a server the token does not vouch for: {refused}");
    house.join(Role::Agent, "rack1", &good).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_at_once_one_comes_in() {
    let house = House::start(DAY).await;
    for round in 0..5 {
        let token = house.token(Role::Dns, "", 60).await;
        let (left, right) =
            tokio::join!(house.join(Role::Dns, "left", &token), house.join(Role::Dns, "right", &token));
        assert!(left.is_ok() != right.is_ok(), "round {round}: {left:?} {right:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_gets_a_number_and_the_authority() {
    let house = House::start(DAY).await;
    for number in 2..4 {
        let token = house.token(Role::Server, "", 60).await;
        let joined = house.join(Role::Server, "rack", &token).await.unwrap();
        assert_eq!(joined.number, Some(number));
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::at(dir.path().join("pki"));
        joined.install(&folder, Role::Server).unwrap();
        assert_eq!(folder.holder(Role::Server).unwrap().name, number.to_string());
        let (own, first) = (folder.authority().unwrap(), house.folder().authority().unwrap());
        assert_eq!(own.fingerprint(), first.fingerprint());
        let mode = std::os::unix::fs::PermissionsExt::mode(
            &std::fs::metadata(dir.path().join("pki/ca.key")).unwrap().permissions(),
        );
        assert_eq!(mode & 0o777, 0o600);
    }
    let guest = house.join(Role::Agent, "a", &house.token(Role::Agent, "", 60).await).await.unwrap();
    assert_eq!((guest.number, guest.authority_key), (None, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_lets_in_without_a_token_and_nobody_else_does() {
    let house = House::start(DAY).await;
    let runtime = TokioRuntime::current();
    let request =
        |role| JoinRequest { servers: house.addresses(), role, name: "rack1".to_owned(), server: None };
    join_as_administrator(&request(Role::Agent), &house.administrator(), &*runtime).await.unwrap();
    let refused = join_as_administrator(&request(Role::Server), &house.administrator(), &*runtime).await;
    assert!(refusal(refused).contains("token"));
    let agent = house.guest(Role::Agent, "rack2").await;
    let refused = join_as_administrator(&request(Role::Client), &agent.credentials, &*runtime).await;
    assert!(refusal(refused).starts_with("Unauthenticated"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_certificate_only_joining_is_answered() {
    let house = House::start(DAY).await;
    let authority = house.folder().authority().unwrap().fingerprint();
    let connector = crate::pki::pinned_connector(authority, Role::Server).unwrap();
    let anonymous = channel(&house.addresses()[0], connector).await.unwrap();
    let status = HearthClient::new(anonymous.clone()).status(StatusRequest {}).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    let request = CreateTokenRequest { role: "agent".into(), name: String::new(), ttl_seconds: 60 };
    let status = IdentityClient::new(anonymous).create_token(request.clone()).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    let agent = house.guest(Role::Agent, "rack1").await;
    let mut agent = IdentityClient::new(house.channel(&agent.credentials).await);
    assert_eq!(agent.create_token(request).await.unwrap_err().code(), Code::PermissionDenied);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_made_before_the_log_is_on_record() {
    let house = House::start(DAY).await;
    until("both certificates are listed", async || {
        let request = GetRequest { kind: "certificates".into(), ..GetRequest::default() };
        let rows = house.native().await.get(request).await.unwrap().into_inner().rows;
        let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
        names.contains(&"server/1") && names.contains(&"client/admin")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_there_is_said_so() {
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let token = Token::new(Fingerprint::of(b""), "01".into(), "0".repeat(40));
    let request =
        JoinRequest { servers: vec![gone.to_string()], role: Role::Agent, name: "a".into(), server: None };
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::at(dir.path());
    let error = join(&request, &token, &folder, &*TokioRuntime::current()).await.unwrap_err();
    assert!(error.to_string().contains(&gone.to_string()), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_fit_is_refused_before_its_token_is_used() {
    let house = House::start(DAY).await;
    let token = house.token(Role::Server, "", 60).await;
    let good = api::JoinRequest {
        token: token.reveal(),
        csr: KeyAndRequest::generate().unwrap().request,
        role: "server".into(),
        name: "rack1".into(),
        grpc_address: "127.0.0.1:4999".into(),
        region: "us-east-1".into(),
        account_id: "123456789012".into(),
        record_version: 1,
        ..api::JoinRequest::default()
    };
    let own = house.addresses().remove(0);
    let cases = [
        (api::JoinRequest { record_version: 0, ..good.clone() }, "records have format 1"),
        (api::JoinRequest { region: "eu-west-1".into(), ..good.clone() }, "--region"),
        (api::JoinRequest { account_id: "0".into(), ..good.clone() }, "--account-id"),
        (api::JoinRequest { grpc_address: own, ..good.clone() }, "is the address of server 1"),
    ];
    let mut identity = house.identity().await;
    for (request, told) in cases {
        let status = identity.join(request).await.unwrap_err();
        assert_eq!(status.code(), Code::FailedPrecondition);
        assert!(status.message().contains(told), "{}", status.message());
    }
    assert_eq!(identity.join(good.clone()).await.unwrap().into_inner().number, 2, "the token is still good");
    assert_eq!(identity.join(good).await.unwrap().into_inner().number, 2, "and for the same key it stays so");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_enters_under_its_own_number_and_is_asked_for_without_a_certificate() {
    let house = House::start(DAY).await;
    let (dir, token) = (tempfile::tempdir().unwrap(), house.token(Role::Server, "", 60).await);
    let folder = Folder::at(dir.path());
    let joined = house.join_from(&folder, Role::Server, "rack1", &token).await.unwrap();
    joined.install(&folder, Role::Server).unwrap();
    let credentials = Credentials::load(folder, Role::Server).unwrap();
    let mut own = IdentityClient::new(house.channel(&credentials).await);
    let request = api::EnterRequest {
        grpc_address: "127.0.0.1:4998".into(),
        aws_address: String::new(),
        record_version: 1,
    };
    let old = own.enter(api::EnterRequest { record_version: 0, ..request.clone() }).await.unwrap_err();
    assert_eq!(old.code(), Code::FailedPrecondition);
    for _ in 0..2 {
        own.enter(request.clone()).await.unwrap();
    }
    let members = house.server.core().node.members();
    assert_eq!(members[&2].address, "127.0.0.1:4998");
    let refused = house.identity().await.enter(request.clone()).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied, "an administrator is no server");
    house
        .native()
        .await
        .remove_server(RemoveServerRequest { number: 2, may_lose_quorum: false })
        .await
        .unwrap();
    until("its connection is cut", async || own.enter(request.clone()).await.is_err()).await;
    let authority = house.folder().authority().unwrap().fingerprint();
    let connector = crate::pki::pinned_connector(authority, Role::Server).unwrap();
    let mut anonymous = IdentityClient::new(channel(&house.addresses()[0], connector).await.unwrap());
    for (number, removed) in [(1, false), (2, true), (3, false)] {
        let answer = anonymous.standing(api::StandingRequest { number }).await.unwrap().into_inner();
        assert_eq!(answer.removed, removed, "server {number}");
    }
}
