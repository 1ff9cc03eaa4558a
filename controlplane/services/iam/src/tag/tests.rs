use crate::tests::{World, each};
use serde_json::{Value, json};

fn tag(key: &str, value: &str) -> Value {
    json!({"Key": key, "Value": value})
}

#[test]
fn tags_come_and_go_alike_on_all() {
    let mut world = World::new();
    let arn = world.policy("one");
    for noun in ["User", "Role", "InstanceProfile"] {
        world.has(noun, "one");
    }
    for (noun, named) in [
        ("User", json!({"UserName": "one"})),
        ("Role", json!({"RoleName": "one"})),
        ("InstanceProfile", json!({"InstanceProfileName": "one"})),
        ("Policy", json!({"PolicyArn": arn})),
    ] {
        let with = |member: &str, value: Value| {
            let mut input = named.clone();
            input[member] = value;
            input
        };
        let [add, remove, list] = [format!("Tag{noun}"), format!("Untag{noun}"), format!("List{noun}Tags")];
        world.ok(&add, with("Tags", json!([tag("Team", "web"), tag("a", "")])));
        world.ok(&add, with("Tags", json!([tag("team", "db")])));
        for at_once in [1, 2, 3] {
            let tags = world.paged(&list, named.clone(), "Tags", at_once);
            assert_eq!(tags, [tag("a", ""), tag("team", "db")], "{noun}");
        }
        let many: Vec<Value> = (0..49).map(|number| tag(&format!("k{number}"), "v")).collect();
        world.fail([
            (&*add, with("Tags", json!(many)), "LimitExceeded", "number of tags"),
            (&add, with("Tags", json!([tag("aws:x", "v")])), "InvalidInput", "reserved"),
            (&add, with("Tags", json!([tag("x", "v"), tag("X", "v")])), "InvalidInput", "Duplicate tag keys"),
        ]);
        world.ok(&remove, with("TagKeys", json!(["TEAM", "none"])));
        let tags = world.paged(&list, named.clone(), "Tags", 1);
        assert_eq!(each(&tags, "Key"), ["a"]);
    }
}

#[test]
fn what_is_made_with_tags_is_held_to_the_same() {
    let mut world = World::new();
    let twice = json!([tag("x", "v"), tag("X", "v")]);
    world.fail([
        ("CreateUser", json!({"UserName": "a", "Tags": twice}), "InvalidInput", "Duplicate tag keys"),
        (
            "CreateInstanceProfile",
            json!({"InstanceProfileName": "a", "Tags": twice}),
            "InvalidInput",
            "Duplicate",
        ),
    ]);
}
