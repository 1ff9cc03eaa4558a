use crate::tests::World;
use serde_json::{Value, json};

#[test]
fn the_summary_counts_what_there_is() {
    let mut world = World::new();
    let figure = |world: &mut World, name: &str| -> Value {
        let answer = world.ok("GetAccountSummary", json!({}));
        let figures = answer["SummaryMap"].as_array().unwrap();
        figures.iter().find(|one| one["key"] == name).unwrap_or_else(|| panic!("no {name}"))["value"].clone()
    };
    for (noun, name, quota) in [
        ("User", "Users", 5_000),
        ("Group", "Groups", 300),
        ("Role", "Roles", 1_000),
        ("InstanceProfile", "InstanceProfiles", 1_000),
    ] {
        assert_eq!(
            (figure(&mut world, name), figure(&mut world, &format!("{name}Quota"))),
            (json!(0), json!(quota))
        );
        world.has(noun, "one");
        world.has(noun, "two");
        assert_eq!(figure(&mut world, name), 2);
    }
    world.policy("p");
    assert_eq!(
        (figure(&mut world, "Policies"), figure(&mut world, "PolicyVersionsInUse")),
        (json!(1), json!(1))
    );
}
