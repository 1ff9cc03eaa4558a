use crate::tests::{POLICY, World, each};
use serde_json::{Value, json};

fn member(group: &str, user: &str) -> Value {
    json!({"GroupName": group, "UserName": user})
}

#[test]
fn users_come_and_go() {
    let mut world = World::new();
    world.has("Group", "Ops");
    for user in ["carol", "Alice", "bob"] {
        world.has("User", user);
        world.ok("AddUserToGroup", member("ops", user));
        world.ok("AddUserToGroup", member("OPS", user));
    }
    for at_once in 1..4 {
        let users = world.paged("GetGroup", json!({"GroupName": "ops"}), "Users", at_once);
        assert_eq!(each(&users, "UserName"), ["Alice", "bob", "carol"]);
    }
    world.ok("RemoveUserFromGroup", member("ops", "bob"));
    world.ok("RemoveUserFromGroup", member("ops", "bob"));
    let group = world.ok("GetGroup", json!({"GroupName": "ops"}));
    assert_eq!(group["Group"]["GroupName"], "Ops");
    assert_eq!(each(group["Users"].as_array().unwrap(), "UserName"), ["Alice", "carol"]);
    world.fail([
        ("AddUserToGroup", member("dev", "bob"), "NoSuchEntity", "The group with name dev"),
        ("AddUserToGroup", member("ops", "dave"), "NoSuchEntity", "The user with name dave"),
        ("CreateGroup", json!({"GroupName": "OPS"}), "EntityAlreadyExists", "Group with name OPS"),
    ]);
}

#[test]
fn a_user_is_in_ten_groups_at_most() {
    let mut world = World::new();
    world.has("User", "alice");
    for number in 0..11 {
        world.has("Group", &format!("g{number}"));
    }
    for number in 0..10 {
        world.ok("AddUserToGroup", member(&format!("g{number}"), "alice"));
    }
    let words = "Cannot exceed quota for GroupsPerUser: 10";
    world.fail([("AddUserToGroup", member("g10", "alice"), "LimitExceeded", words)]);
    let groups = world.paged("ListGroupsForUser", json!({"UserName": "alice"}), "Groups", 3);
    assert_eq!(groups.len(), 10);
}

#[test]
fn a_renamed_group_keeps_its_users() {
    let mut world = World::new();
    world.has("Group", "ops");
    world.has("Group", "dev");
    world.has("User", "alice");
    world.ok("AddUserToGroup", member("ops", "alice"));
    let rename = |from: &str, to: &str| json!({"GroupName": from, "NewGroupName": to});
    world.fail([("UpdateGroup", rename("ops", "DEV"), "EntityAlreadyExists", "DEV")]);
    for (from, to) in [("ops", "OPS"), ("ops", "run"), ("run", "Run")] {
        world.ok("UpdateGroup", rename(from, to));
        assert_eq!(world.ok("GetGroup", json!({"GroupName": to}))["Users"][0]["UserName"], "alice");
        let of_alice = world.ok("ListGroupsForUser", json!({"UserName": "alice"}));
        assert_eq!(each(of_alice["Groups"].as_array().unwrap(), "GroupName"), [to]);
    }
    world.ok("UpdateGroup", json!({"GroupName": "run", "NewPath": "/x/"}));
    let listed = world.paged("ListGroups", json!({"PathPrefix": "/x/"}), "Groups", 1);
    assert_eq!(each(&listed, "Arn"), ["arn:aws:iam::123456789012:group/x/Run"]);
}

#[test]
fn only_an_empty_group_is_deleted() {
    let mut world = World::new();
    world.has("Group", "ops");
    world.has("User", "alice");
    let group = json!({"GroupName": "ops"});
    world.ok("AddUserToGroup", member("ops", "alice"));
    world.fail([("DeleteGroup", group.clone(), "DeleteConflict", "must remove users from group first")]);
    world.ok("RemoveUserFromGroup", member("ops", "alice"));
    world.ok("PutGroupPolicy", json!({"GroupName": "ops", "PolicyName": "p", "PolicyDocument": POLICY}));
    world.fail([("DeleteGroup", group.clone(), "DeleteConflict", "must delete policies first")]);
    world.ok("DeleteGroupPolicy", json!({"GroupName": "ops", "PolicyName": "p"}));
    world.ok("DeleteGroup", group.clone());
    world.fail([("DeleteGroup", group, "NoSuchEntity", "ops")]);
}

#[test]
fn an_account_has_so_many_and_no_more() {
    let mut world = World::new();
    for number in 0..300 {
        world.has("Group", &format!("g{number}"));
    }
    let words = "Cannot exceed quota for GroupsPerAccount: 300";
    world.fail([("CreateGroup", json!({"GroupName": "g300"}), "LimitExceeded", words)]);
    world.ok("DeleteGroup", json!({"GroupName": "g7"}));
    world.has("Group", "g300");
}
