use super::*;
use crate::certificate::{
    Admission, Certificate, Issued, RevokeCertificate, RevokeCertificateInput, Role, Term,
};
use crate::server::Server;
use crate::tests::{context, system};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use controlplane_types::Timestamp;
use std::time::Duration;

const SECRET: [u8; 32] = [7; 32];
const MINUTE: Duration = Duration::from_secs(60);

fn create(role: Role, name: Option<&str>, ttl: Duration, cx: &mut Context) -> Result<String, ServiceError> {
    let input =
        CreateJoinTokenInput { secret_hash: SECRET.to_vec(), role, name: name.map(str::to_owned), ttl };
    CreateJoinToken::run(&input, cx).map(|output| output.id)
}

fn visit(id: &str, role: Role, name: &str, key: u8) -> RedeemJoinTokenInput {
    let grpc_address = if role == Role::Server { "10.0.0.1:4567" } else { "" };
    RedeemJoinTokenInput {
        id: id.to_owned(),
        secret_hash: SECRET.to_vec(),
        key_hash: vec![key; 32],
        admission: Admission {
            role,
            name: name.to_owned(),
            grpc_address: grpc_address.to_owned(),
            aws_address: String::new(),
        },
        term: Term { life: 60 * MINUTE, last: Timestamp::from_millis(u64::MAX / 2) },
    }
}

fn later(cx: &Context, time: Duration) -> Context {
    Context::new(cx.view.clone(), system(), cx.now + time, [9; 32])
}

fn redeem(input: &RedeemJoinTokenInput, cx: &mut Context) -> Result<Issued, ServiceError> {
    RedeemJoinToken::run(input, cx)
}

#[test]
fn every_refusal_has_its_reason_and_changes_nothing() {
    let mut cx = context();
    let agent = create(Role::Agent, Some("rack1"), MINUTE, &mut cx).unwrap();
    let server = create(Role::Server, None, MINUTE, &mut cx).unwrap();
    let used = create(Role::Dns, None, MINUTE, &mut cx).unwrap();
    redeem(&visit(&used, Role::Dns, "ns1", 1), &mut cx).unwrap();
    let wrong_secret =
        RedeemJoinTokenInput { secret_hash: vec![8; 32], ..visit(&agent, Role::Agent, "rack1", 1) };
    let nowhere = {
        let mut input = visit(&server, Role::Server, "b", 1);
        input.admission.grpc_address = "here".into();
        input
    };
    for (input, wait, reason) in [
        (visit("0123456789", Role::Agent, "rack1", 1), 0, "no such token"),
        (wrong_secret, 0, "secret"),
        (visit(&agent, Role::Dns, "rack1", 1), 0, "another role"),
        (visit(&agent, Role::Server, "rack1", 1), 0, "another role"),
        (visit(&agent, Role::Agent, "rack2", 1), 0, "another name"),
        (visit(&agent, Role::Agent, "rack1", 1), 60, "expired"),
        (visit(&used, Role::Dns, "ns1", 2), 0, "used before"),
        (visit(&used, Role::Dns, "ns1", 1), 60, "expired"),
        (nowhere, 0, "HOST:PORT"),
    ] {
        let mut cx = later(&cx, Duration::from_secs(wait));
        let error = redeem(&input, &mut cx).unwrap_err();
        assert!(error.message.contains(reason), "{reason}: {}", error.message);
        assert!(cx.get::<JoinToken>(&input.id).is_none_or(|token| token.used.is_none() || input.id == used));
    }
}

#[test]
fn a_token_lets_one_in_and_repeats_its_answer_for_that_one_only() {
    let mut cx = context();
    let id = create(Role::Agent, None, MINUTE, &mut cx).unwrap();
    let first = redeem(&visit(&id, Role::Agent, "rack1", 1), &mut cx).unwrap();
    let mut again = later(&cx, Duration::from_secs(1));
    assert_eq!(redeem(&visit(&id, Role::Agent, "rack1", 1), &mut again).unwrap(), first);
    assert!(again.into_changes().is_empty());
    assert!(redeem(&visit(&id, Role::Agent, "rack1", 2), &mut cx).is_err());
    assert_eq!(cx.get::<JoinToken>(&id).unwrap().state(cx.now), "Used");
    assert_eq!(cx.list::<Certificate>().count(), 1);
    let input = RevokeCertificateInput { target: first.serial, own_serial: String::new() };
    RevokeCertificate::run(&input, &mut cx).unwrap();
    assert!(
        redeem(&visit(&id, Role::Agent, "rack1", 1), &mut cx).is_err(),
        "what was revoked is not given again"
    );
}

#[test]
fn servers_get_numbers_that_were_never_given() {
    let mut cx = context();
    let mut join = |key: u8| {
        let id = create(Role::Server, None, MINUTE, &mut cx).unwrap();
        let issued = redeem(&visit(&id, Role::Server, "machine", key), &mut cx).unwrap();
        let number: u64 = issued.name.parse().unwrap();
        let server = cx.view.get::<Server>(&Server::key(&system().region, number)).unwrap();
        assert_eq!((server.name.as_str(), server.grpc_address.as_str()), ("machine", "10.0.0.1:4567"));
        cx.delete_at(Server::key(&system().region, number));
        number
    };
    assert_eq!([join(1), join(2), join(3)], [1, 2, 3]);
}

#[test]
fn what_cannot_be_made_is_named() {
    for (role, name, ttl, reason) in [
        (Role::Agent, None, Duration::ZERO, "ttl"),
        (Role::Agent, None, Duration::from_secs(31 * 24 * 3600), "ttl"),
        (Role::Agent, Some("a/b"), MINUTE, "name"),
        (Role::Server, Some("2"), MINUTE, "number"),
    ] {
        let error = create(role, name, ttl, &mut context()).unwrap_err();
        assert!(error.message.contains(reason), "{reason}: {}", error.message);
    }
}

#[test]
fn secrets_do_not_show() {
    let mut cx = context();
    let id = create(Role::Agent, None, MINUTE, &mut cx).unwrap();
    let shown = format!("{:?}", cx.get::<JoinToken>(&id).unwrap());
    assert!(!shown.contains("secret") && !shown.contains("7, 7"), "{shown}");
    delete(&id, &mut cx).unwrap();
    assert_eq!(delete(&id, &mut cx).unwrap_err().code, "JoinTokenNotFound");
}
