use crate::tests::{POLICY, World, each, text};
use serde_json::json;

#[test]
fn names_differ_by_more_than_case_and_are_kept_as_given() {
    let mut world = World::new();
    let made = world.ok("CreateUser", json!({"UserName": "Alice", "Path": "/ops/"}));
    assert_eq!(made["User"]["Arn"], "arn:aws:iam::123456789012:user/ops/Alice");
    let found = world.ok("GetUser", json!({"UserName": "ALICE"}));
    assert_eq!(found, made);
    world.fail([
        ("CreateUser", json!({"UserName": "aLICE"}), "EntityAlreadyExists", "User with name aLICE already"),
        ("GetUser", json!({"UserName": "bob"}), "NoSuchEntity", "The user with name bob cannot be found."),
    ]);
}

#[test]
fn who_asks_is_meant_when_nobody_is_named() {
    let mut world = World::new();
    world.ok("CreateUser", json!({"UserName": "alice", "Path": "/ops/"}));
    let root = world.ok("GetUser", json!({}));
    assert_eq!(
        (text(&root["User"]["UserId"]), root["User"]["UserName"].is_null()),
        ("123456789012".into(), true)
    );
    world.act_as("user/ops/alice");
    assert_eq!(world.ok("GetUser", json!({}))["User"]["UserName"], "alice");
    for gone in ["user/alice", "assumed-role/r/s", "user/ops/bob"] {
        world.act_as(gone);
        world.fail([("GetUser", json!({}), "ValidationError", "Must specify userName")]);
    }
}

#[test]
fn a_renamed_user_is_the_same_with_everything_he_had() {
    let mut world = World::new();
    world.has("User", "alice");
    world.has("User", "bob");
    world.has("Group", "ops");
    world.ok("AddUserToGroup", json!({"GroupName": "ops", "UserName": "alice"}));
    let key = world.ok("CreateAccessKey", json!({"UserName": "alice"}));
    let before = world.ok("GetUser", json!({"UserName": "alice"}));
    world.fail([
        (
            "UpdateUser",
            json!({"UserName": "alice", "NewUserName": "BOB"}),
            "EntityAlreadyExists",
            "User with name BOB",
        ),
        ("UpdateUser", json!({"UserName": "carol", "NewPath": "/x/"}), "NoSuchEntity", "carol"),
    ]);
    for (from, change, arn) in [
        ("alice", json!({"NewUserName": "Alice"}), "user/Alice"),
        ("alice", json!({"NewUserName": "eve", "NewPath": "/x/"}), "user/x/eve"),
        ("eve", json!({"NewPath": "/"}), "user/eve"),
    ] {
        let mut input = change.clone();
        input["UserName"] = json!(from);
        world.ok("UpdateUser", input);
        let now = world.ok("GetUser", json!({"UserName": arn.rsplit('/').next()}));
        assert_eq!(now["User"]["Arn"], format!("arn:aws:iam::123456789012:{arn}"));
        assert_eq!(now["User"]["UserId"], before["User"]["UserId"]);
    }
    let keys = world.ok("ListAccessKeys", json!({"UserName": "eve"}));
    assert_eq!(keys["AccessKeyMetadata"][0]["AccessKeyId"], key["AccessKey"]["AccessKeyId"]);
    assert_eq!(world.ok("GetGroup", json!({"GroupName": "ops"}))["Users"][0]["UserName"], "eve");
    world.fail([("GetUser", json!({"UserName": "alice"}), "NoSuchEntity", "alice")]);
}

#[test]
fn only_a_user_with_nothing_left_is_deleted() {
    let mut world = World::new();
    let arn = world.policy("p");
    world.has("User", "alice");
    world.has("Group", "ops");
    let alice = |more: serde_json::Value| {
        let mut input = json!({"UserName": "alice"});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    for (give, what, take, words) in [
        ("AttachUserPolicy", json!({"PolicyArn": arn}), "DetachUserPolicy", "must detach all policies first"),
        (
            "PutUserPolicy",
            json!({"PolicyName": "p", "PolicyDocument": POLICY}),
            "DeleteUserPolicy",
            "must delete policies first",
        ),
        (
            "AddUserToGroup",
            json!({"GroupName": "ops"}),
            "RemoveUserFromGroup",
            "must remove users from group",
        ),
    ] {
        world.ok(give, alice(what.clone()));
        world.fail([("DeleteUser", alice(json!({})), "DeleteConflict", words)]);
        let mut less = what;
        less.as_object_mut().unwrap().remove("PolicyDocument");
        world.ok(take, alice(less));
    }
    let key = world.ok("CreateAccessKey", alice(json!({})));
    world.fail([("DeleteUser", alice(json!({})), "DeleteConflict", "must delete access keys first")]);
    world.ok("DeleteAccessKey", alice(json!({"AccessKeyId": key["AccessKey"]["AccessKeyId"]})));
    world.ok("DeleteUser", alice(json!({})));
    world.fail([("DeleteUser", alice(json!({})), "NoSuchEntity", "alice")]);
}

#[test]
fn listings_are_paged_and_know_paths() {
    let mut world = World::new();
    for (name, path) in [("b", "/x/"), ("A", "/"), ("c", "/x/y/"), ("D", "/z/")] {
        world.ok("CreateUser", json!({"UserName": name, "Path": path, "Tags": [{"Key": "k", "Value": "v"}]}));
    }
    for at_once in 1..5 {
        let all = world.paged("ListUsers", json!({}), "Users", at_once);
        assert_eq!(each(&all, "UserName"), ["A", "b", "c", "D"]);
        let some = world.paged("ListUsers", json!({"PathPrefix": "/x/"}), "Users", at_once);
        assert_eq!(each(&some, "UserName"), ["b", "c"]);
    }
    assert!(world.ok("ListUsers", json!({}))["Users"][0]["Tags"].is_null());
    assert_eq!(world.ok("GetUser", json!({"UserName": "a"}))["User"]["Tags"][0]["Key"], "k");
}
