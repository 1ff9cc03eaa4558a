use crate::tests::{POLICY, World, each, text};
use serde_json::{Value, json};

const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

fn versions(world: &mut World, arn: &str) -> Vec<(String, bool)> {
    let listed = world.paged("ListPolicyVersions", json!({"PolicyArn": arn}), "Versions", 2);
    listed.iter().map(|one| (text(&one["VersionId"]), one["IsDefaultVersion"] == true)).collect()
}

fn names(listed: &[Value]) -> Vec<String> {
    each(listed, "PolicyName")
}

#[test]
fn versions_are_counted_up_and_one_is_in_force() {
    let mut world = World::new();
    let arn = world.policy("p");
    let new = |default: bool| json!({"PolicyArn": arn, "PolicyDocument": POLICY, "SetAsDefault": default});
    let version = |id: &str| json!({"PolicyArn": arn, "VersionId": id});
    for (default, id) in [(false, "v2"), (true, "v3"), (false, "v4"), (false, "v5")] {
        let made = world.ok("CreatePolicyVersion", new(default));
        assert_eq!(
            (&made["PolicyVersion"]["VersionId"], &made["PolicyVersion"]["IsDefaultVersion"]),
            (&json!(id), &json!(default))
        );
    }
    world.fail([
        ("CreatePolicyVersion", new(false), "LimitExceeded", "up to 5 versions"),
        ("DeletePolicyVersion", version("v3"), "DeleteConflict", "default version"),
        ("DeletePolicyVersion", version("v9"), "NoSuchEntity", "version v9"),
        ("SetDefaultPolicyVersion", version("v9"), "NoSuchEntity", "version v9"),
        ("DeletePolicy", json!({"PolicyArn": arn}), "DeleteConflict", "more than one version"),
    ]);
    world.ok("DeletePolicyVersion", version("v5"));
    world.ok("CreatePolicyVersion", new(false));
    world.ok("SetDefaultPolicyVersion", version("v6"));
    let expected = [("v6", true), ("v4", false), ("v3", false), ("v2", false), ("v1", false)];
    assert_eq!(versions(&mut world, &arn), expected.map(|(id, default)| (id.to_owned(), default)));
    let policy = world.ok("GetPolicy", json!({"PolicyArn": arn}));
    assert_eq!(policy["Policy"]["DefaultVersionId"], "v6");
    let document = text(&world.ok("GetPolicyVersion", version("v6"))["PolicyVersion"]["Document"]);
    assert!(
        document.starts_with("%7B%22Version%22%3A") && document.contains("%22ec2%3A%2A%22"),
        "{document}"
    );
    for id in ["v1", "v2", "v3", "v4"] {
        world.ok("DeletePolicyVersion", version(id));
    }
    world.ok("DeletePolicy", json!({"PolicyArn": arn}));
    world.fail([("GetPolicy", json!({"PolicyArn": arn}), "NoSuchEntity", "was not found")]);
}

#[test]
fn policies_are_listed_by_scope_path_and_use() {
    let mut world = World::new();
    let used = world.policy("used");
    let edge = world.policy("Edge");
    world.ok("CreatePolicy", json!({"PolicyName": "deep", "Path": "/x/", "PolicyDocument": POLICY}));
    world.has("User", "alice");
    world.has("Role", "web");
    world.ok("AttachUserPolicy", json!({"UserName": "alice", "PolicyArn": used}));
    world.ok("AttachRolePolicy", json!({"RoleName": "web", "PolicyArn": ADMINISTRATOR}));
    world.ok("PutRolePermissionsBoundary", json!({"RoleName": "web", "PermissionsBoundary": edge}));
    for (input, expected) in [
        (json!({"Scope": "Local"}), &["deep", "Edge", "used"][..]),
        (json!({"Scope": "Local", "PathPrefix": "/x/"}), &["deep"]),
        (json!({"PathPrefix": "/x/"}), &["deep"]),
        (json!({"OnlyAttached": true}), &["AdministratorAccess", "Edge", "used"]),
        (json!({"OnlyAttached": true, "Scope": "AWS"}), &["AdministratorAccess"]),
        (json!({"PolicyUsageFilter": "PermissionsBoundary"}), &["Edge"]),
        (json!({"PolicyUsageFilter": "PermissionsPolicy", "Scope": "Local"}), &["used"]),
    ] {
        for at_once in [1, 2, 100] {
            let listed = world.paged("ListPolicies", input.clone(), "Policies", at_once);
            assert_eq!(names(&listed), expected, "{input}");
        }
    }
    assert_eq!(world.paged("ListPolicies", json!({}), "Policies", 4).len(), super::ALL.len() + 3);
    let shown = world.ok("GetPolicy", json!({"PolicyArn": edge}));
    assert_eq!(
        (&shown["Policy"]["AttachmentCount"], &shown["Policy"]["PermissionsBoundaryUsageCount"]),
        (&json!(0), &json!(1))
    );
}

#[test]
fn who_uses_a_policy_is_known() {
    let mut world = World::new();
    let arn = world.policy("p");
    for noun in ["User", "Group", "Role"] {
        world.has(noun, "one");
        let mut input = json!({ format!("{noun}Name"): "one" });
        input["PolicyArn"] = json!(arn);
        world.ok(&format!("Attach{noun}Policy"), input);
    }
    world.ok("PutUserPermissionsBoundary", json!({"UserName": "one", "PermissionsBoundary": arn}));
    for (filter, counts) in [
        (json!({}), [1, 1, 1]),
        (json!({"EntityFilter": "User"}), [0, 1, 0]),
        (json!({"PolicyUsageFilter": "PermissionsBoundary"}), [0, 1, 0]),
        (json!({"PathPrefix": "/x/"}), [0, 0, 0]),
    ] {
        let mut input = filter.clone();
        input["PolicyArn"] = json!(arn);
        let members = ["PolicyGroups", "PolicyUsers", "PolicyRoles"];
        let found =
            members.map(|member| world.paged("ListEntitiesForPolicy", input.clone(), member, 100).len());
        assert_eq!(found, counts, "{filter}");
    }
    let first = world.ok("ListEntitiesForPolicy", json!({"PolicyArn": arn, "MaxItems": 2}));
    assert_eq!(
        (&first["IsTruncated"], first["PolicyRoles"].as_array().map(Vec::len)),
        (&json!(true), Some(0))
    );
    world.fail([("DeletePolicy", json!({"PolicyArn": arn}), "DeleteConflict", "attached to entities")]);
}

#[test]
fn what_is_no_policy_is_refused() {
    let mut world = World::new();
    world.policy("p");
    let new = |name: &str, document: &str| json!({"PolicyName": name, "PolicyDocument": document});
    let long = POLICY.replace("ec2:*", &format!("ec2:{}", "x".repeat(6144)));
    let spaced = POLICY.replace(',', &format!("{},", " ".repeat(3000)));
    world.fail([
        ("CreatePolicy", new("P", POLICY), "EntityAlreadyExists", "A policy called P already exists."),
        ("CreatePolicy", new("q", "{"), "MalformedPolicyDocument", "Syntax errors in policy."),
        ("CreatePolicy", new("q", crate::tests::TRUST), "MalformedPolicyDocument", ""),
        ("CreatePolicy", new("q", &long), "LimitExceeded", "Cannot exceed quota for PolicySize: 6144"),
        ("GetPolicy", json!({"PolicyArn": "arn:aws:iam::aws:policy/None"}), "NoSuchEntity", "policy/None"),
        ("GetPolicy", json!({"PolicyArn": "arn:aws:iam::999999999999:policy/p"}), "NoSuchEntity", "9999"),
        ("GetPolicyVersion", json!({"PolicyArn": ADMINISTRATOR, "VersionId": "v2"}), "NoSuchEntity", "v2"),
        ("DeletePolicy", json!({"PolicyArn": ADMINISTRATOR}), "InvalidInput", "managed by AWS"),
        ("TagPolicy", json!({"PolicyArn": ADMINISTRATOR, "Tags": []}), "InvalidInput", "managed by AWS"),
    ]);
    world.ok("CreatePolicy", new("spaced", &spaced));
    assert_eq!(versions(&mut world, ADMINISTRATOR), [("v1".to_owned(), true)]);
    let of_aws = world.ok("GetPolicyVersion", json!({"PolicyArn": ADMINISTRATOR, "VersionId": "v1"}));
    assert!(text(&of_aws["PolicyVersion"]["Document"]).contains("%22Allow%22"));
}
