use super::spare_vote;
use crate::tests::{World, bare};
use controlplane_services_kernel::{Declarative, ServiceError};
use serde_json::{Value, json};

fn ask(world: &mut World, zone: &str, wanted: bool) -> Result<Value, ServiceError> {
    let input = json!({"HostedZoneId": zone, "EnableAcceleratedRecovery": wanted});
    world.call("UpdateHostedZoneFeatures", input)
}

/// What GetHostedZone says of it.
fn features(world: &mut World, zone: &str) -> Value {
    world.ok("GetHostedZone", json!({"Id": zone}))["HostedZone"]["Features"].clone()
}

/// Why server `number` cannot lose its vote.
fn refusal(world: &mut World, number: u64) -> Option<ServiceError> {
    world.change(|cx| Ok(spare_vote(number, cx).err())).unwrap()
}

#[test]
fn a_zone_has_it_while_three_servers_vote() {
    let mut world = World::new();
    let zone = world.zone("example.com");
    assert_eq!(features(&mut world, &zone), json!({"AcceleratedRecoveryStatus": "DISABLED"}));
    assert_eq!(ask(&mut world, &zone, true).unwrap(), json!({}));
    for (voters, status) in [
        (&[1][..], "ENABLE_FAILED"),
        (&[1, 2], "ENABLE_FAILED"),
        (&[1, 2, 5], "ENABLED"),
        (&[1, 2, 5, 6], "ENABLED"),
    ] {
        world.voters(voters);
        let shown = features(&mut world, &zone);
        assert_eq!(shown["AcceleratedRecoveryStatus"], status, "{voters:?}");
        let reason = shown["FailureReasons"]["AcceleratedRecovery"].as_str();
        assert_eq!(reason.is_some(), status == "ENABLE_FAILED", "{shown}");
        assert!(reason.is_none_or(|reason| reason.ends_with(&format!("has {}.", voters.len()))), "{shown}");
        assert_eq!(world.ok("ListHostedZones", json!({}))["HostedZones"][0]["Features"], shown);
    }
    ask(&mut world, &zone, false).unwrap();
    assert_eq!(features(&mut world, &zone), json!({"AcceleratedRecoveryStatus": "DISABLED"}));
}

#[test]
fn a_server_whose_vote_a_zone_needs_stays() {
    let mut world = World::new();
    world.voters(&[1, 2, 3]);
    let zone = world.zone("example.com");
    assert!(refusal(&mut world, 3).is_none(), "nobody wants anything");
    world.become_account("210987654321");
    let other = world.zone("other.test");
    ask(&mut world, &other, true).unwrap();
    let refused = refusal(&mut world, 3).expect("the other account's zone needs it");
    assert_eq!(refused.code, "ServerInUse");
    for named in ["server 3", "other.test. (Z", "of 210987654321", "needs 3 servers"] {
        assert!(refused.message.contains(named), "{refused}");
    }
    assert!(refusal(&mut world, 4).is_none(), "who has no vote has none to lose");
    world.voters(&[1, 2, 3, 4]);
    assert!(refusal(&mut world, 3).is_none(), "there is one to spare");
    world.voters(&[1, 2]);
    assert!(refusal(&mut world, 2).is_none(), "there is nothing left to keep");
    world.voters(&[1, 2, 3]);
    ask(&mut world, &other, false).unwrap();
    assert!(refusal(&mut world, 3).is_none(), "no zone wants it any more");
    world.become_account("123456789012");
    assert_eq!(features(&mut world, &zone)["AcceleratedRecoveryStatus"], "DISABLED");
}

#[test]
fn what_is_refused_changes_nothing() {
    let mut world = World::new();
    world.voters(&[1, 2, 3]);
    let vpc = world.vpc("vpc-1", "us-east-1");
    let private = json!({"Name": "inside.test", "CallerReference": "p", "VPC": vpc});
    let private = bare(&world.ok("CreateHostedZone", private)["HostedZone"]["Id"]);
    for wanted in [true, false] {
        assert_eq!(ask(&mut world, &private, wanted).unwrap_err().code, "InvalidInput");
    }
    assert_eq!(features(&mut world, &private), Value::Null);
    assert_eq!(ask(&mut world, "Z1", true).unwrap_err().code, "NoSuchHostedZone");
    assert_eq!(world.fails("UpdateHostedZoneFeatures", json!({"HostedZoneId": "Z1"})), "NoSuchHostedZone");
    let zone = world.zone("example.com");
    ask(&mut world, &zone, true).unwrap();
    world.ok("UpdateHostedZoneFeatures", json!({"HostedZoneId": zone}));
    assert_eq!(
        features(&mut world, &zone)["AcceleratedRecoveryStatus"],
        "ENABLED",
        "what is not named stays"
    );
    assert_eq!(world.fails("DeleteHostedZone", json!({"Id": zone})), "InvalidInput");
    ask(&mut world, &zone, false).unwrap();
    world.ok("DeleteHostedZone", json!({"Id": zone}));
}

#[test]
fn a_zone_that_a_manifest_takes_away_gives_it_up_first() {
    let mut world = World::new();
    world.voters(&[1, 2, 3]);
    let zone = world.zone("example.com");
    ask(&mut world, &zone, true).unwrap();
    world.change(|cx| <crate::HostedZone as Declarative>::delete(&zone, cx).map(drop)).unwrap();
    assert!(refusal(&mut world, 3).is_none());
    assert_eq!(world.fails("GetHostedZone", json!({"Id": zone})), "NoSuchHostedZone");
}
