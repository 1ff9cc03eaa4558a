use crate::tests::{World, weighted_document};
use serde_json::json;

#[test]
fn limits_are_told_with_what_is_used() {
    let mut world = World::new();
    let zone = world.zone("example.com");
    world.check("c");
    world.policy("p", &weighted_document("192.0.2.1"));
    for (kind, value, count) in [
        ("MAX_HEALTH_CHECKS_BY_OWNER", 200, 1),
        ("MAX_HOSTED_ZONES_BY_OWNER", 500, 1),
        ("MAX_TRAFFIC_POLICY_INSTANCES_BY_OWNER", 5, 0),
        ("MAX_REUSABLE_DELEGATION_SETS_BY_OWNER", 100, 0),
        ("MAX_TRAFFIC_POLICIES_BY_OWNER", 50, 1),
    ] {
        let answer = world.ok("GetAccountLimit", json!({"Type": kind}));
        assert_eq!(answer, json!({"Limit": {"Type": kind, "Value": value}, "Count": count}));
    }
    let sets = world.ok("GetHostedZoneLimit", json!({"HostedZoneId": zone, "Type": "MAX_RRSETS_BY_ZONE"}));
    assert_eq!((&sets["Limit"]["Value"], &sets["Count"]), (&json!(10_000), &json!(2)));
    let vpcs = json!({"HostedZoneId": zone, "Type": "MAX_VPCS_ASSOCIATED_BY_ZONE"});
    assert_eq!(world.fails("GetHostedZoneLimit", vpcs), "HostedZoneNotPrivate");
    let unknown = json!({"DelegationSetId": "N1", "Type": "MAX_ZONES_BY_REUSABLE_DELEGATION_SET"});
    assert_eq!(world.fails("GetReusableDelegationSetLimit", unknown), "NoSuchDelegationSet");
}
