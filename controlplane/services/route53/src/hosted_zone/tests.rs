use super::*;
use crate::record_set::tests::context;
use crate::tests::World;
use serde_json::json;

#[test]
fn names_a_zone_cannot_have() {
    for name in ["com", ".", "*.example.com", "a..b", &"x".repeat(64)] {
        assert_eq!(create(name, "r", None, &mut context()).unwrap_err().code, "InvalidDomainName", "{name}");
    }
}

#[test]
fn a_reference_makes_one_zone_ever() {
    let mut cx = context();
    create("example.com", "r", None, &mut cx).unwrap();
    assert_eq!(create("example.com", "r", None, &mut cx).unwrap_err().code, "HostedZoneAlreadyExists");
    create("example.com", "other", None, &mut cx).unwrap();
}

#[test]
fn zones_share_at_most_two_servers_and_relatives_none() {
    let mut cx = context();
    let servers = |id: &str, cx: &controlplane_services_kernel::Context| {
        cx.get::<HostedZone>(id).unwrap().name_servers.clone()
    };
    let parent = create("example.com", "1", None, &mut cx).unwrap();
    let child = create("sub.example.com", "2", None, &mut cx).unwrap();
    let parent = servers(&parent, &cx);
    assert!(servers(&child, &cx).iter().all(|server| !parent.contains(server)));
    assert_eq!(parent.len(), 4);
}

#[test]
fn only_an_empty_zone_is_deleted() {
    let mut cx = context();
    let id = create("example.com", "r", None, &mut cx).unwrap();
    let change: crate::record_set::RequestedChange = serde_json::from_value(serde_json::json!({
        "Action": "CREATE",
        "ResourceRecordSet": {"Name": "x.example.com", "Type": "A", "TTL": 1, "ResourceRecords": [{"Value": "1.1.1.1"}]},
    }))
    .unwrap();
    crate::record_set::apply_batch(&id, std::slice::from_ref(&change), &mut cx).unwrap();
    assert_eq!(delete(&id, &mut cx).unwrap_err().code, "HostedZoneNotEmpty");
    let gone = crate::record_set::RequestedChange { action: crate::record_set::Action::Delete, ..change };
    crate::record_set::apply_batch(&id, &[gone], &mut cx).unwrap();
    delete(&id, &mut cx).unwrap();
    assert_eq!(cx.list::<crate::RecordSet>().count(), 0);
    assert_eq!(delete(&id, &mut cx).unwrap_err().code, "NoSuchHostedZone");
}

#[test]
fn a_comment_is_changed_and_deleted() {
    let mut world = World::new();
    let zone = world.zone("example.com");
    let update = |input| {
        move |world: &mut World| world.ok("UpdateHostedZoneComment", input)["HostedZone"]["Config"].clone()
    };
    let given = update(json!({"Id": zone, "Comment": "ours"}))(&mut world);
    assert_eq!(given, json!({"Comment": "ours", "PrivateZone": false}));
    assert_eq!(world.ok("GetHostedZone", json!({"Id": zone}))["HostedZone"]["Config"], given);
    assert_eq!(update(json!({"Id": zone}))(&mut world), json!({"PrivateZone": false}));
    assert_eq!(world.fails("UpdateHostedZoneComment", json!({"Id": "Z1"})), "NoSuchHostedZone");
}
