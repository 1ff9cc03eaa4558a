//! Groups by manifest.

use crate::tests::{World, text};
use serde_json::{Value, json};

fn manifest(world: &World, more: &str) -> String {
    let (a, b) = (world.subnet("us-east-1a"), world.subnet("us-east-1b"));
    format!(
        "
kind: LaunchTemplate
metadata: {{name: page}}
spec: {{launchTemplateData: {{imageId: {}, instanceType: t3.nano}}}}
---
kind: AutoScalingGroup
metadata: {{name: web}}
spec:
  minSize: 0
  maxSize: 4
  launchTemplate: {{launchTemplateId: page}}
  vpcZoneIdentifier: [{a}, {b}]
{more}",
        controlplane_services_ec2::image::BUILTIN_WEB_ID
    )
}

#[test]
fn a_group_is_declared_changed_and_deleted() {
    let mut world = World::with_nodes();
    let text_of = |more: &str, world: &World| manifest(world, more);
    let one = text_of("  desiredCapacity: 2\n  tags: {team: web}\n", &world);
    world.apply(&one).unwrap();
    world.run();
    assert_eq!(world.balance(), (1, 1));
    let entries = world.entries;
    world.apply(&one).unwrap();
    assert_eq!(world.entries, entries, "nothing new is not written");
    world.ok("SetDesiredCapacity", json!({"AutoScalingGroupName": "web", "DesiredCapacity": 3}));
    world.apply(&text_of("  tags: {team: data}\n", &world)).unwrap();
    world.run();
    assert_eq!(world.in_service().len(), 3, "a capacity the manifest does not state is left alone");
    assert_eq!(world.group("web")["Tags"][0]["Value"], "data");
    let delete = crate::SERVICE.kinds[0].delete.unwrap();
    world.change(|cx| delete("web", cx)).unwrap();
    assert!(world.apply(&one).unwrap_err().message.contains("pending delete"));
    world.run();
    world.apply(&one).unwrap();
    world.run();
    assert_eq!(world.balance(), (1, 1), "declared anew");
}

#[test]
fn what_is_wrong_is_told_and_nothing_is_made() {
    let mut world = World::with_nodes();
    for (more, expected) in [
        ("  desiredCapacity: 9\n", "Desired capacity:9"),
        ("  size: 9\n", "spec.size"),
        ("  healthCheckGracePeriod: -1\n", "HealthCheckGracePeriod"),
        ("  tags: {'aws:x': y}\n", "reserved"),
        ("  tags: {'hearth:node-selector/': y}\n", "invalid key"),
        (
            "  instanceMaintenancePolicy: {minHealthyPercentage: 90, maxHealthyPercentage: 300}\n",
            "MaxHealthyPercentage: 300",
        ),
        ("  instanceMaintenancePolicy: {minHealthyPercentage: 90}\n", "maxHealthyPercentage"),
        ("  serviceRegistry: {hostedZoneId: Z1, name: a.b}\n", "hostedZoneId"),
    ] {
        let before = world.entries;
        let text = manifest(&world, more);
        let error = world.apply(&text).unwrap_err();
        assert!(error.to_string().contains(expected), "{more}: {error}");
        assert_eq!(world.entries, before);
    }
}

#[test]
fn what_is_shown_can_be_applied() {
    let mut world = World::with_nodes();
    let tags = json!([{"Key": "a", "Value": "1", "PropagateAtLaunch": true}, {"Key": "b", "Value": "2"}]);
    let policy = json!({"MinHealthyPercentage": 80, "MaxHealthyPercentage": 150});
    let rest = json!({"MinSize": 1, "HealthCheckGracePeriod": 9, "Tags": tags});
    world.create("web", rest);
    world.ok(
        "UpdateAutoScalingGroup",
        json!({"AutoScalingGroupName": "web", "InstanceMaintenancePolicy": policy}),
    );
    let before = world.record("web");
    let kind = &crate::SERVICE.kinds[0];
    world
        .change(|cx| {
            let key = cx.key::<crate::AutoScalingGroup>("web");
            let row =
                (kind.table.as_ref().unwrap().row)(cx.view.get_untyped(&key).unwrap(), "web", cx).unwrap();
            let spec: Value = row.spec;
            (kind.declarative.as_ref().unwrap().update)("web", &spec, &spec, cx)
        })
        .unwrap();
    assert_eq!(world.record("web"), before);
    assert_eq!(text(&world.group("web")["Tags"][1]["Key"]), "b");
}
