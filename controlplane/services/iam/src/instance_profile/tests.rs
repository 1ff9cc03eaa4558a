use crate::tests::{World, each};
use serde_json::json;

#[test]
fn a_profile_has_one_role() {
    let mut world = World::new();
    for role in ["web", "db"] {
        world.has("Role", role);
    }
    for profile in ["p2", "P1"] {
        world.has("InstanceProfile", profile);
        world.ok("AddRoleToInstanceProfile", json!({"InstanceProfileName": profile, "RoleName": "WEB"}));
    }
    let pair = |role: &str| json!({"InstanceProfileName": "p1", "RoleName": role});
    world.fail([
        ("AddRoleToInstanceProfile", pair("db"), "LimitExceeded", "InstanceSessionsPerInstanceProfile: 1"),
        ("RemoveRoleFromInstanceProfile", pair("db"), "NoSuchEntity", "db"),
        ("AddRoleToInstanceProfile", pair("none"), "NoSuchEntity", "The role with name none"),
        (
            "DeleteInstanceProfile",
            json!({"InstanceProfileName": "p1"}),
            "DeleteConflict",
            "must remove roles from instance profile first",
        ),
    ]);
    let shown = world.ok("GetInstanceProfile", json!({"InstanceProfileName": "p1"}));
    assert_eq!(shown["InstanceProfile"]["Roles"][0]["RoleName"], "web");
    let of_role =
        world.paged("ListInstanceProfilesForRole", json!({"RoleName": "web"}), "InstanceProfiles", 1);
    assert_eq!(each(&of_role, "InstanceProfileName"), ["P1", "p2"]);
    world.ok("RemoveRoleFromInstanceProfile", pair("web"));
    world.ok("DeleteInstanceProfile", json!({"InstanceProfileName": "p1"}));
    let left = world.paged("ListInstanceProfiles", json!({}), "InstanceProfiles", 1);
    assert_eq!(each(&left, "Arn"), ["arn:aws:iam::123456789012:instance-profile/p2"]);
    world.fail([(
        "GetInstanceProfile",
        json!({"InstanceProfileName": "p1"}),
        "NoSuchEntity",
        "Instance Profile p1 cannot be found.",
    )]);
}
