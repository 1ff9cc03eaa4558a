use super::*;
use crate::record_set::tests::context;
use crate::tests::World;
use controlplane_services_kernel::{Context, Declarative, ServiceError, Tabular};
use controlplane_types::Timestamp;
use serde_json::{Value, json};

fn make(name: &str, reference: &str, cx: &mut Context) -> Result<String, ServiceError> {
    create(&NewZone { name, caller_reference: reference, ..NewZone::default() }, cx)
}

#[test]
fn names_a_zone_cannot_have() {
    for name in ["com", ".", "*.example.com", "a..b", &"x".repeat(64)] {
        assert_eq!(make(name, "r", &mut context()).unwrap_err().code, "InvalidDomainName", "{name}");
    }
}

#[test]
fn a_reference_makes_one_zone_ever() {
    let mut cx = context();
    make("example.com", "r", &mut cx).unwrap();
    assert_eq!(make("example.com", "r", &mut cx).unwrap_err().code, "HostedZoneAlreadyExists");
    make("example.com", "other", &mut cx).unwrap();
}

#[test]
fn zones_share_at_most_two_servers_and_relatives_none() {
    let mut cx = context();
    let servers = |id: &str, cx: &controlplane_services_kernel::Context| {
        cx.get::<HostedZone>(id).unwrap().name_servers.clone()
    };
    let parent = make("example.com", "1", &mut cx).unwrap();
    let child = make("sub.example.com", "2", &mut cx).unwrap();
    let parent = servers(&parent, &cx);
    assert!(servers(&child, &cx).iter().all(|server| !parent.contains(server)));
    assert_eq!(parent.len(), 4);
}

#[test]
fn only_an_empty_zone_is_deleted() {
    let mut cx = context();
    let id = make("example.com", "r", &mut cx).unwrap();
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
    assert_eq!(make("example.com", "r", &mut cx).unwrap_err().code, "HostedZoneAlreadyExists");
}

#[test]
fn the_serial_rises_with_every_change_of_records_and_with_nothing_else() {
    let mut cx = context();
    let id = make("example.com", "r", &mut cx).unwrap();
    let serial = |cx: &Context| cx.get::<HostedZone>(&id).unwrap().serial();
    assert_eq!(serial(&cx), 1_700_000_000, "the time of its creation");
    let mut upsert = |value: &str, seconds: u64| {
        let change = json!({
            "Action": "UPSERT",
            "ResourceRecordSet": {"Name": "x.example.com", "Type": "A", "TTL": 1, "ResourceRecords": [{"Value": value}]},
        });
        cx =
            Context::new(cx.view.clone(), cx.caller.clone(), Timestamp::from_millis(seconds * 1000), [2; 32]);
        let changes = [serde_json::from_value(change).unwrap()];
        let applied = crate::record_set::apply_batch(&id, &changes, &mut cx).is_ok();
        (applied, serial(&cx))
    };
    let cases = [
        ("192.0.2.1", 1_700_000_000, (true, 1_700_000_001)),
        ("192.0.2.2", 1_700_000_000, (true, 1_700_000_002)),
        ("192.0.2.3", 1_700_000_060, (true, 1_700_000_060)),
        ("none", 1_700_000_070, (false, 1_700_000_060)),
        // Beyond what 32 bits hold, in 2106, it goes on in the sense of RFC 1982.
        ("192.0.2.4", 3_700_000_000, (true, 3_700_000_000)),
        ("192.0.2.5", 4_294_967_296, (true, 0)),
        ("192.0.2.6", 4_294_967_296, (true, 1)),
    ];
    for (value, seconds, expected) in cases {
        assert_eq!(upsert(value, seconds), expected, "{value}");
    }
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

#[test]
fn manifests_bring_vpcs_of_their_region_and_take_them() {
    let mut world = World::new();
    for id in ["vpc-1", "vpc-2"] {
        world.vpc(id, "us-east-1");
    }
    let there = world.vpc("vpc-3", "eu-west-1");
    let spec = |vpcs: Value| {
        let spec = json!({"name": "example.com.", "vpcs": vpcs});
        HostedZone::canonical(serde_json::from_value(spec).unwrap()).unwrap()
    };
    let of = |id: &str| json!([{"vpcId": id}]);
    for (vpcs, code) in
        [(json!([]), "InvalidInput"), (of("vpc-3"), "InvalidVPCId"), (of("vpc-9"), "InvalidVPCId")]
    {
        let refused = world.change(|cx| HostedZone::create("z", spec(vpcs.clone()), cx)).unwrap_err();
        assert_eq!(refused.code, code, "{vpcs}");
    }
    let id = world.change(|cx| HostedZone::create("z", spec(of("vpc-1")), cx)).unwrap();
    world.ok("AssociateVPCWithHostedZone", json!({"HostedZoneId": id, "VPC": there}));
    world.change(|cx| HostedZone::update(&id, spec(of("vpc-1")), spec(of("vpc-2")), cx)).unwrap();
    let shown = world.ok("GetHostedZone", json!({"Id": id}));
    assert_eq!(shown["VPCs"], json!([{"VPCId": "vpc-2", "VPCRegion": "us-east-1"}, there]));
    let said = world.change(|cx| Ok(cx.get::<HostedZone>(&id).unwrap().spec(&id, cx))).unwrap();
    assert_eq!(said["vpcs"], of("vpc-2"), "others are not this region's to name");
    let public = |cx: &mut Context| HostedZone::update(&id, spec(of("vpc-2")), spec(Value::Null), cx);
    assert_eq!(world.change(public).unwrap_err().code, "InvalidInput");
}
