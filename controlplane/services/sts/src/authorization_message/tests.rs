use super::decode_authorization_message::{DecodeAuthorizationMessage, DecodeAuthorizationMessageInput};
use super::of;
use crate::credentials::tests::World;
use controlplane_services_iam::authorize::Refusal;
use controlplane_services_iam::policy::{Facts, PolicyKind};
use controlplane_services_kernel::client::Principal;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde_json::{Value, json};

fn refusal(user_agent: &str) -> Refusal {
    let mut facts = Facts::default();
    facts.set("aws:UserAgent", user_agent);
    Refusal {
        action: "ec2:StopInstances".into(),
        resource: "arn:aws:ec2:us-east-1:123456789012:instance/i-1".into(),
        is_explicit: true,
        kind: PolicyKind::Identity,
        facts,
    }
}

fn alice(world: &World) -> Reader {
    world.reader(Principal::User("alice".into()))
}

fn decode(message: &str, reader: &Reader) -> Result<Value, ServiceError> {
    let input = DecodeAuthorizationMessageInput { encoded_message: message.to_owned() };
    let output = DecodeAuthorizationMessage::run(&input, reader)?;
    Ok(serde_json::from_str(&output.decoded_message).unwrap())
}

#[test]
fn a_refusal_is_told_to_the_account_alone() {
    let mut world = World::new();
    assert_eq!(of(&refusal("aws-cli"), &alice(&world)), None, "there is no root key to seal with");
    world.root_key("AKIAROOT", "secret");
    let message = of(&refusal("aws-cli"), &alice(&world)).unwrap();
    let expected = json!({
        "allowed": false,
        "explicitDeny": true,
        "matchedStatements": {"items": []},
        "failures": {"items": []},
        "context": {
            "principal": {"id": "AIDA1", "name": "alice", "arn": "arn:aws:iam::123456789012:user/alice"},
            "action": "ec2:StopInstances",
            "resource": "arn:aws:ec2:us-east-1:123456789012:instance/i-1",
            "conditions": {"items": [{"key": "aws:useragent", "values": {"items": [{"value": "aws-cli"}]}}]},
        },
    });
    assert_eq!(decode(&message, &alice(&world)).unwrap(), expected);
    assert_ne!(message, of(&refusal("boto3"), &alice(&world)).unwrap());
}

#[test]
fn what_was_not_sealed_here_is_refused() {
    let mut world = World::new();
    world.root_key("AKIAROOT", "secret");
    let message = of(&refusal("aws-cli"), &alice(&world)).unwrap();
    let mut other = World::new();
    other.root_key("AKIAROOT", "another");
    let mut changed = message.clone().into_bytes();
    changed[40] = if changed[40] == b'A' { b'B' } else { b'A' };
    let changed = String::from_utf8(changed).unwrap();
    for (message, world) in [
        (message.as_str(), &other),
        (&changed, &world),
        (&message[..20], &world),
        (&message[..8], &world),
        ("%", &world),
        ("x", &world),
    ] {
        let error = decode(message, &alice(world)).unwrap_err();
        assert_eq!(error.code, "InvalidAuthorizationMessageException", "{message}");
    }
}

#[test]
fn a_request_with_much_to_say_is_told_without_it() {
    let mut world = World::new();
    world.root_key("AKIAROOT", "secret");
    let message = of(&refusal(&"x".repeat(9_000)), &alice(&world)).unwrap();
    assert_eq!(decode(&message, &alice(&world)).unwrap()["context"]["conditions"], json!({"items": []}));
    assert!(message.len() <= 10_240);
}
