use super::{Activity, ActivityKind, record};
use crate::tests::{World, text};
use serde_json::json;

#[test]
fn a_group_keeps_its_last_hundred() {
    let mut world = World::new();
    for number in 0..130_u32 {
        world.pass(1);
        let activity = Activity {
            group: "web".into(),
            kind: ActivityKind::Launch,
            instance_id: None,
            cause: number.to_string(),
            started_at: world.now,
            failure: Some("no".into()),
        };
        world.change(|cx| Ok(record(activity, cx))).unwrap();
    }
    let kept: Vec<String> =
        Activity::of_group("web", &world.reader()).map(|activity| activity.cause.clone()).collect();
    assert_eq!((kept.len(), kept[0].as_str(), kept[99].as_str()), (100, "30", "129"));
}

#[test]
fn a_name_that_begins_like_another_is_another() {
    let mut world = World::with_group(1);
    world.create("we", json!({}));
    world.create("web2", json!({"DesiredCapacity": 1}));
    world.run();
    assert_eq!(world.activities().len(), 1);
    world.ok("DeleteAutoScalingGroup", json!({"AutoScalingGroupName": "we"}));
    assert_eq!(world.activities().len(), 1);
}

#[test]
fn progress_is_what_the_instance_says() {
    let mut world = World::with_nodes();
    world.create("web", json!({"DesiredCapacity": 1}));
    world.settle();
    let status = |world: &mut World| {
        let activity = world.activities().remove(0);
        (text(&activity["StatusCode"]), activity["Progress"].clone(), activity["EndTime"].is_null())
    };
    assert_eq!(status(&mut world), ("InProgress".into(), json!(50), true));
    world.report();
    assert_eq!(status(&mut world), ("Successful".into(), json!(100), false));
    world.pass(5);
    world.ok("SetDesiredCapacity", json!({"AutoScalingGroupName": "web", "DesiredCapacity": 0}));
    world.settle();
    assert_eq!(status(&mut world), ("InProgress".into(), json!(50), true));
    world.report();
    assert_eq!(status(&mut world), ("Successful".into(), json!(100), false));
    world.pass(7200);
    world.run();
    assert_eq!(status(&mut world).0, "Successful", "also when the instance's record is gone");
}

#[test]
fn activities_are_found_by_id() {
    let mut world = World::with_group(3);
    let wanted = world.activities().remove(1);
    let answer = world.ok("DescribeScalingActivities", json!({"ActivityIds": [wanted["ActivityId"]]}));
    assert_eq!(answer["Activities"], json!([wanted]));
}
