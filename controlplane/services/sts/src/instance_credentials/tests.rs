use super::{NoCredentials, issue};
use crate::credentials::tests::{OWN, World};
use crate::session_token::open;
use controlplane_services_kernel::client::SessionOf;
use controlplane_types::Timestamp;
use serde_json::json;

fn world(principal: serde_json::Value) -> World {
    let mut world = World::new();
    world.role(OWN, &principal, &json!({}));
    world
}

#[test]
fn a_role_that_trusts_ec2_is_an_instances() {
    let mut world = world(json!({"Service": "ec2.amazonaws.com"}));
    let given = world.change(|cx| issue(&OWN.into(), "app", "i-1", cx)).unwrap();
    assert_eq!((given.role.as_str(), given.expires_at), ("App", Timestamp(1_000_000 + 6 * 3_600_000)));
    let opened = open(&given.session_token, &given.access_key_id, world.view()).unwrap();
    assert_eq!((opened.secret, opened.account), (given.secret_access_key, OWN.into()));
    let SessionOf::Role { name, role_id, session } = opened.session.of else { panic!("not a role's") };
    assert_eq!((name.as_str(), role_id.as_str(), session.as_str()), ("App", "AROA1", "i-1"));
}

#[test]
fn other_roles_are_not() {
    for principal in [
        json!({"Service": "ecs.amazonaws.com"}),
        json!({"AWS": OWN}),
        json!({"AWS": "arn:aws:iam::123456789012:user/alice"}),
    ] {
        let refused = world(principal.clone()).change(|cx| issue(&OWN.into(), "app", "i-1", cx));
        assert_eq!(refused, Err(NoCredentials::NotTrusted("App".into())), "{principal}");
    }
    let gone = World::new().change(|cx| issue(&OWN.into(), "app", "i-1", cx));
    assert_eq!(gone, Err(NoCredentials::NoRole("app".into())));
}
