use super::controller::Registration;
use crate::tests::{World, text};
use controlplane_services_ec2::network_interface;
use controlplane_services_kernel::Controller;
use controlplane_services_route53::record_set::Policy;
use controlplane_services_route53::{HealthCheck, RecordSet};
use controlplane_types::Key;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const MULTIVALUE: &str = "{hostedZoneId: example.com, name: web.example.com}";
const CHECKED: &str =
    "{hostedZoneId: example.com, name: web.example.com, healthCheck: {type: HTTP, requestInterval: 1}}";
const WEIGHTED: &str = "{hostedZoneId: example.com, name: web.example.com, routingPolicy: weighted, ttl: 9}";

/// A group with `desired` running instances and a registry; a zone and nodes are there.
fn world(registry: &str, desired: u32) -> World {
    let mut world = World::with_nodes();
    world.ok("CreateHostedZone", json!({"Name": "example.com", "CallerReference": "r"}));
    declare(&mut world, registry, desired).unwrap();
    world.run();
    world
}

fn declare(world: &mut World, registry: &str, desired: u32) -> Result<(), String> {
    declare_group(world, "web", registry, desired)
}

fn declare_group(world: &mut World, name: &str, registry: &str, desired: u32) -> Result<(), String> {
    let (a, b) = (world.subnet("us-east-1a"), world.subnet("us-east-1b"));
    let template =
        world.ok("DescribeLaunchTemplates", json!({}))["LaunchTemplates"][0]["LaunchTemplateId"].clone();
    let text = format!(
        "
kind: AutoScalingGroup
metadata: {{name: {name}}}
spec:
  minSize: 0
  maxSize: 200
  desiredCapacity: {desired}
  launchTemplate: {{launchTemplateId: {}}}
  vpcZoneIdentifier: [{a}, {b}]
  serviceRegistry: {registry}
",
        text(&template)
    );
    world.apply(&text).map_err(|error| error.to_string())
}

/// Public addresses of the members in service.
fn addresses(world: &mut World) -> BTreeSet<String> {
    let ids = world.in_service();
    let answer = world.ok("DescribeInstances", json!({"InstanceIds": ids}));
    let reservations = answer["Reservations"].as_array().unwrap().clone();
    let instances = reservations.iter().flat_map(|reservation| reservation["Instances"].as_array().unwrap());
    instances.map(|instance| text(&instance["PublicIpAddress"])).collect()
}

/// What DNS has for the name.
fn registered(world: &World) -> BTreeSet<String> {
    world.sets().iter().map(|set| set.content.values[0].clone()).collect()
}

fn checks(world: &World) -> Vec<(String, HealthCheck)> {
    let reader = world.reader();
    reader.list::<HealthCheck>().map(|check| (check.key.id().to_owned(), check.record.clone())).collect()
}

/// A change of the one zone.
fn zone_change(world: &mut World, action: &str, set: Value) {
    let zone =
        text(&world.ok("ListHostedZones", json!({}))["HostedZones"][0]["Id"]).replace("/hostedzone/", "");
    let batch = json!({"Changes": [{"Action": action, "ResourceRecordSet": set}]});
    world.ok("ChangeResourceRecordSets", json!({"HostedZoneId": zone, "ChangeBatch": batch}));
}

/// A set as ChangeResourceRecordSets takes it.
fn wire(set: &RecordSet) -> Value {
    serde_json::to_value(controlplane_services_route53::record_set::ResourceRecordSet::from(set)).unwrap()
}

#[test]
fn members_are_registered_while_they_run() {
    let mut world = world(MULTIVALUE, 3);
    assert_eq!(registered(&world), addresses(&mut world));
    assert_eq!(registered(&world).len(), 3);
    let ids = world.in_service();
    for set in world.sets() {
        let id = set.set_identifier.as_deref().unwrap().strip_prefix("web/").unwrap().to_owned();
        assert!(ids.contains(&id), "{id}");
        assert_eq!((set.policy, set.content.ttl, set.health_check_id), (Policy::Multivalue, 5, None));
    }
    assert!(!world.round(), "a settled registry plans nothing");
    world.ok("SetDesiredCapacity", json!({"AutoScalingGroupName": "web", "DesiredCapacity": 4}));
    world.settle();
    assert_eq!(registered(&world).len(), 3, "not before it runs");
    world.run();
    assert_eq!(registered(&world), addresses(&mut world));
}

#[test]
fn a_member_leaves_in_the_commit_that_ends_it() {
    for how in ["group request", "unhealthy", "exit", "node", "scale-in"] {
        let mut world = world(CHECKED, 2);
        let id = world.in_service().remove(0);
        let node = world.instance(&id).node.clone().unwrap();
        match how {
            "group request" => {
                let input = json!({"InstanceId": id, "ShouldDecrementDesiredCapacity": true});
                world.ok("TerminateInstanceInAutoScalingGroup", input);
            }
            "unhealthy" => {
                drop(world.ok("SetInstanceHealth", json!({"InstanceId": id, "HealthStatus": "Unhealthy"})))
            }
            "exit" => world.exits(&id),
            "node" => world.node_goes_away(&node),
            _ => drop(
                world.ok("SetDesiredCapacity", json!({"AutoScalingGroupName": "web", "DesiredCapacity": 1})),
            ),
        }
        if how != "group request" {
            world.scale("web");
        }
        let leaving = world.members("LifecycleState", "Terminating");
        assert_eq!((leaving.len(), registered(&world).len(), checks(&world).len()), (1, 1, 1), "{how}");
        let gone = format!("web/{}", leaving[0]);
        assert!(world.sets().iter().all(|set| set.set_identifier.as_ref() != Some(&gone)), "{how}");
        world.run();
        assert_eq!(registered(&world), addresses(&mut world), "{how}");
        assert!(!world.round(), "{how}");
    }
}

#[test]
fn one_ended_past_the_group_leaves_soon() {
    let mut world = world(MULTIVALUE, 2);
    let id = world.in_service().remove(0);
    world.ok("TerminateInstances", json!({"InstanceIds": [id]}));
    world.settle();
    assert_eq!(registered(&world).len(), 1);
    world.run();
    assert_eq!(registered(&world), addresses(&mut world));
}

#[test]
fn health_checks_come_and_go_with_members() {
    let mut world = world(CHECKED, 2);
    let found = checks(&world);
    assert_eq!(found.len(), 2);
    for set in world.sets() {
        let (_, check) = found.iter().find(|(id, _)| set.health_check_id.as_ref() == Some(id)).unwrap();
        assert_eq!(check.address.as_ref(), set.content.values.first());
        assert_eq!((check.interval_seconds, check.failure_threshold, check.port), (1, 2, 80));
    }
    declare(&mut world, CHECKED, 0).unwrap();
    world.run();
    assert_eq!((world.sets().len(), checks(&world).len()), (0, 0));
}

#[test]
fn weighted_members_share_alike() {
    let world = world(WEIGHTED, 2);
    let sets = world.sets();
    assert_eq!(sets.len(), 2);
    assert!(
        sets.iter().all(|set| set.policy == Policy::Weighted { weight: 1 } && set.content.ttl == 9),
        "{sets:?}"
    );
}

#[test]
fn what_people_break_is_mended_and_what_they_tune_is_left() {
    let mut world = world(CHECKED, 2);
    let broken = wire(&world.sets()[0]);
    zone_change(&mut world, "DELETE", broken);
    assert_eq!(registered(&world).len(), 1);
    world.run();
    assert_eq!((registered(&world), checks(&world).len()), (addresses(&mut world), 2), "taken out");
    let set = world.sets().remove(0);
    world.ok("UpdateHealthCheck", json!({"HealthCheckId": set.health_check_id, "Port": 81}));
    zone_change(&mut world, "DELETE", wire(&set));
    world.run();
    assert_eq!(
        (registered(&world), checks(&world).len()),
        (addresses(&mut world), 2),
        "its check changed before"
    );
    let check = checks(&world)[0].0.clone();
    world.ok("DeleteHealthCheck", json!({"HealthCheckId": check}));
    world.run();
    let known: BTreeSet<String> = checks(&world).into_iter().map(|(id, _)| id).collect();
    let used: BTreeSet<String> = world.sets().into_iter().filter_map(|set| set.health_check_id).collect();
    assert_eq!((used.len(), &used), (2, &known), "its check deleted");
    let mut moved = wire(&world.sets()[0]);
    moved["ResourceRecords"] = json!([{"Value": "192.0.2.99"}]);
    zone_change(&mut world, "UPSERT", moved);
    world.run();
    assert_eq!(registered(&world), addresses(&mut world), "sent elsewhere");
    assert_eq!(checks(&world).len(), 2);
    assert!(!world.round());
}

#[test]
fn a_member_drained_by_hand_stays_drained() {
    let mut world = world(WEIGHTED, 2);
    let mut drained = wire(&world.sets()[0]);
    drained["Weight"] = json!(0);
    zone_change(&mut world, "UPSERT", drained);
    world.run();
    let weights: Vec<Policy> = world.sets().into_iter().map(|set| set.policy).collect();
    assert!(weights.contains(&Policy::Weighted { weight: 0 }), "{weights:?}");
}

#[test]
fn another_registry_replaces_the_old_in_one_commit() {
    let mut world = world(CHECKED, 2);
    for registry in [
        "{hostedZoneId: example.com, name: other.example.com, healthCheck: {type: TCP, port: 22}}",
        "{hostedZoneId: example.com, name: other.example.com, ttl: 60}",
        WEIGHTED,
    ] {
        declare(&mut world, registry, 2).unwrap();
        assert_eq!(registered(&world), addresses(&mut world), "{registry}");
        assert_eq!(world.sets().len(), 2, "{registry}");
        let wanted_checks = if registry.contains("TCP") { 2 } else { 0 };
        assert_eq!(checks(&world).len(), wanted_checks, "{registry}");
        assert!(!world.round(), "{registry}");
    }
    declare(&mut world, "null", 2).unwrap();
    assert_eq!(world.sets(), []);
    assert!(!world.round());
}

#[test]
fn a_deleted_group_leaves_nothing_in_dns() {
    let mut world = world(CHECKED, 2);
    world.ok("DeleteAutoScalingGroup", json!({"AutoScalingGroupName": "web", "ForceDelete": true}));
    world.run();
    assert_eq!((world.sets().len(), checks(&world).len()), (0, 0));
    assert!(!world.round());
}

#[test]
fn nor_does_one_whose_members_ended_a_moment_ago() {
    let mut world = world(CHECKED, 1);
    let id = world.in_service().remove(0);
    world.ok("TerminateInstances", json!({"InstanceIds": [id]}));
    world.report();
    assert_eq!(world.sets().len(), 1, "no controller has looked yet");
    world.ok("DeleteAutoScalingGroup", json!({"AutoScalingGroupName": "web"}));
    assert_eq!((world.sets().len(), checks(&world).len()), (0, 0));
}

#[test]
fn two_groups_share_a_name() {
    let mut world = world(MULTIVALUE, 2);
    declare_group(&mut world, "web2", MULTIVALUE, 1).unwrap();
    world.run();
    assert_eq!(world.sets().len(), 3);
    assert!(!world.round());
    world.ok("DeleteAutoScalingGroup", json!({"AutoScalingGroupName": "web2", "ForceDelete": true}));
    world.run();
    assert_eq!(registered(&world), addresses(&mut world));
}

#[test]
fn a_registry_that_cannot_be_written_stops_nothing_else() {
    let mut world = world(MULTIVALUE, 0);
    let mine = json!({"Name": "web.example.com", "Type": "A", "TTL": 1, "ResourceRecords": [{"Value": "192.0.2.9"}]});
    zone_change(&mut world, "CREATE", mine.clone());
    world.ok("SetDesiredCapacity", json!({"AutoScalingGroupName": "web", "DesiredCapacity": 2}));
    for _ in 0..5 {
        world.round();
        world.report();
    }
    assert_eq!((world.in_service().len(), world.sets().len()), (2, 1));
    let id = world.in_service().remove(0);
    world.exits(&id);
    for _ in 0..5 {
        world.round();
        world.report();
    }
    assert!(world.in_service().len() == 2 && !world.in_service().contains(&id), "replaced all the same");
    let before = world.entries;
    assert!(world.round(), "it is still tried");
    assert_eq!(world.entries, before, "and failing writes nothing");
    let told = world.change(|cx| super::sync("web", cx)).unwrap_err();
    assert_eq!(told.code, "InvalidChangeBatch", "for the log of the controllers");
    zone_change(&mut world, "DELETE", mine);
    world.run();
    assert_eq!(registered(&world), addresses(&mut world));
}

#[test]
fn members_leave_even_when_others_cannot_come() {
    let mut world = world(CHECKED, 2);
    let config = json!({"Type": "TCP", "IPAddress": "192.0.2.1", "Port": 1});
    for number in 0..198 {
        let reference = format!("mine-{number}");
        world.ok("CreateHealthCheck", json!({"CallerReference": reference, "HealthCheckConfig": config}));
    }
    world.ok("SetDesiredCapacity", json!({"AutoScalingGroupName": "web", "DesiredCapacity": 4}));
    for _ in 0..4 {
        world.round();
        world.report();
    }
    assert_eq!((world.in_service().len(), world.sets().len()), (4, 2), "there is no room for a third check");
    let before = world.entries;
    assert!(world.round());
    assert_eq!(world.entries, before, "failing writes nothing");
    let leaving = world.sets()[0].set_identifier.clone().unwrap();
    let input = json!({"InstanceId": leaving.replace("web/", ""), "ShouldDecrementDesiredCapacity": true});
    world.ok("TerminateInstanceInAutoScalingGroup", input);
    let sets = world.sets();
    assert!(
        sets.len() == 2 && sets.iter().all(|set| set.set_identifier.as_ref() != Some(&leaving)),
        "{sets:?}"
    );
    let mine = checks(&world).into_iter().find(|(_, check)| check.caller_reference == "mine-0").unwrap().0;
    world.ok("DeleteHealthCheck", json!({"HealthCheckId": mine}));
    world.run();
    assert_eq!(registered(&world), addresses(&mut world));
}

#[test]
fn registries_that_cannot_be_are_refused_by_field() {
    let mut world = world(MULTIVALUE, 0);
    let at = |more: &str| format!("{{hostedZoneId: example.com, name: x.example.com, {more}}}");
    for (registry, expected) in [
        ("{hostedZoneId: Z0, name: x.example.com}".to_owned(), "hostedZoneId"),
        ("{hostedZoneId: example.com, name: x.example.org}".to_owned(), "not in zone"),
        ("{hostedZoneId: example.com, name: a..b}".to_owned(), "serviceRegistry.name"),
        (at("routingPolicy: latency"), "routingPolicy"),
        (at("ttl: 2147483648"), "serviceRegistry.ttl"),
        (at("color: red"), "color"),
        (at("healthCheck: {type: FTP}"), "serviceRegistry.healthCheck.Type"),
        (at("healthCheck: {type: CALCULATED}"), "serviceRegistry.healthCheck."),
        (at("healthCheck: {type: TCP}"), "serviceRegistry.healthCheck.Port"),
        (at("healthCheck: {type: HTTP, requestInterval: 0}"), "RequestInterval"),
        (at("healthCheck: {type: HTTP, failureThreshold: 11}"), "FailureThreshold"),
    ] {
        let error = declare(&mut world, &registry, 0).unwrap_err();
        assert!(error.contains(expected), "{registry}: {error}");
    }
    let long = "x".repeat(109);
    let error = declare_group(&mut world, &long, MULTIVALUE, 0).unwrap_err();
    assert!(error.contains("at most 108"), "{error}");
    declare_group(&mut world, &long[1..], MULTIVALUE, 0).unwrap();
}

#[test]
fn an_elastic_address_takes_the_place_of_the_members_own() {
    let mut world = world(MULTIVALUE, 2);
    let member = world.in_service().remove(0);
    let made = world.ok("AllocateAddress", json!({}));
    world.ok("AssociateAddress", json!({"AllocationId": made["AllocationId"], "InstanceId": member}));
    let reader = world.reader();
    let changed = network_interface::of_instance(&member, &reader)[0].key.clone();
    let concerned = Registration::concerned(&reader.view, &changed);
    assert_eq!(concerned.iter().map(Key::id).collect::<Vec<_>>(), ["web"]);
    world.run();
    assert!(registered(&world).contains(&text(&made["PublicIp"])));
    assert_eq!(registered(&world), addresses(&mut world));
}
