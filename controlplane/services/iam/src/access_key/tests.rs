use crate::tests::{ACCOUNT, World, each, text};
use controlplane_services_native::AccessKey;
use serde_json::json;

#[test]
fn a_user_has_two_keys_at_most_and_their_secrets_are_told_once() {
    let mut world = World::new();
    world.has("User", "Alice");
    let mut ids = Vec::new();
    for _ in 0..2 {
        let key = world.ok("CreateAccessKey", json!({"UserName": "alice"}))["AccessKey"].clone();
        let (id, secret) = (text(&key["AccessKeyId"]), text(&key["SecretAccessKey"]));
        assert!(id.starts_with("AKIA") && id.len() == 20, "{id}");
        assert_eq!((secret.len(), text(&key["UserName"])), (40, "Alice".into()));
        assert_eq!(AccessKey::find(&world.view, &id).unwrap().secret, secret);
        ids.push(id);
    }
    world.fail([(
        "CreateAccessKey",
        json!({"UserName": "alice"}),
        "LimitExceeded",
        "Cannot exceed quota for AccessKeysPerUser: 2",
    )]);
    ids.sort();
    let listed = world.paged("ListAccessKeys", json!({"UserName": "alice"}), "AccessKeyMetadata", 1);
    assert_eq!(each(&listed, "AccessKeyId"), ids);
    assert!(listed.iter().all(|key| key["SecretAccessKey"].is_null() && key["Status"] == "Active"));
}

#[test]
fn a_key_is_switched_off_and_on() {
    let mut world = World::new();
    world.has("User", "alice");
    world.has("User", "bob");
    let id = text(&world.ok("CreateAccessKey", json!({"UserName": "alice"}))["AccessKey"]["AccessKeyId"]);
    for (status, inactive) in [("Inactive", true), ("Inactive", true), ("Active", false)] {
        world.ok("UpdateAccessKey", json!({"UserName": "alice", "AccessKeyId": id, "Status": status}));
        assert_eq!(AccessKey::find(&world.view, &id).unwrap().inactive, inactive);
        let listed = world.ok("ListAccessKeys", json!({"UserName": "alice"}));
        assert_eq!(listed["AccessKeyMetadata"][0]["Status"], status);
    }
    let of_bob = json!({"UserName": "bob", "AccessKeyId": id});
    let unknown = json!({"UserName": "alice", "AccessKeyId": "AKIA0000000000000000"});
    world.fail([
        ("DeleteAccessKey", of_bob, "NoSuchEntity", "The Access Key with id"),
        ("DeleteAccessKey", unknown, "NoSuchEntity", "AKIA0000000000000000"),
        ("CreateAccessKey", json!({"UserName": "carol"}), "NoSuchEntity", "carol"),
    ]);
    world.ok("DeleteAccessKey", json!({"UserName": "alice", "AccessKeyId": id}));
    assert!(AccessKey::find(&world.view, &id).is_none());
}

#[test]
fn the_roots_key_is_shown_and_left_alone() {
    let mut world = World::new();
    world.has_root_key("AKIAROOTROOTROOTROOT");
    world.has("User", "alice");
    world.ok("CreateAccessKey", json!({"UserName": "alice"}));
    let listed = world.ok("ListAccessKeys", json!({}));
    assert_eq!(
        each(listed["AccessKeyMetadata"].as_array().unwrap(), "AccessKeyId"),
        ["AKIAROOTROOTROOTROOT"]
    );
    assert_eq!(AccessKey::of_account(&world.view, &ACCOUNT.into()).unwrap().0, "AKIAROOTROOTROOTROOT");
    world.fail([
        ("CreateAccessKey", json!({}), "ValidationError", "userName"),
        ("DeleteAccessKey", json!({"AccessKeyId": "AKIAROOTROOTROOTROOT"}), "ValidationError", "userName"),
    ]);
    world.act_as("user/alice");
    world.ok("CreateAccessKey", json!({}));
    assert_eq!(world.ok("ListAccessKeys", json!({}))["AccessKeyMetadata"].as_array().unwrap().len(), 2);
}
