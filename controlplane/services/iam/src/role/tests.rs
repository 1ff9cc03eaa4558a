use crate::tests::{POLICY, TRUST, World, each, text};
use serde_json::{Value, json};

fn trusting(principal: &Value) -> String {
    let statement = json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"});
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

#[test]
fn a_role_is_shown_with_its_document_encoded() {
    let mut world = World::new();
    let boundary = world.policy("edge");
    let made = world.ok(
        "CreateRole",
        json!({"RoleName": "web", "AssumeRolePolicyDocument": TRUST, "Description": "d", "MaxSessionDuration": 7200,
            "PermissionsBoundary": boundary, "Tags": [{"Key": "k", "Value": "v"}]}),
    );
    let role = &made["Role"];
    assert!(text(&role["AssumeRolePolicyDocument"]).starts_with("%7B%22Version%22%3A%222012-10-17%22%2C%22"));
    assert_eq!(role["PermissionsBoundary"]["PermissionsBoundaryArn"], boundary);
    let mut shown = world.ok("GetRole", json!({"RoleName": "WEB"}));
    assert_eq!(shown["Role"]["RoleLastUsed"].take(), json!({"LastUsedDate": null, "Region": null}));
    assert_eq!(shown, made);
    let listed = world.ok("ListRoles", json!({}));
    assert!(listed["Roles"][0]["Tags"].is_null() && listed["Roles"][0]["PermissionsBoundary"].is_null());
    world.has("Role", "other");
    assert_eq!(world.ok("GetRole", json!({"RoleName": "other"}))["Role"]["MaxSessionDuration"], 3600);
    let listed = world.paged("ListRoles", json!({"PathPrefix": "/"}), "Roles", 1);
    assert_eq!(each(&listed, "RoleName"), ["other", "web"]);
}

#[test]
fn a_role_changes() {
    let mut world = World::new();
    world.has("Role", "web");
    for (action, change, description, session) in [
        ("UpdateRole", json!({"Description": "one"}), "one", 3600),
        ("UpdateRole", json!({"MaxSessionDuration": 43200}), "one", 43200),
        ("UpdateRoleDescription", json!({"Description": "two"}), "two", 43200),
    ] {
        let mut input = change;
        input["RoleName"] = json!("web");
        world.ok(action, input);
        let role = world.ok("GetRole", json!({"RoleName": "web"}))["Role"].clone();
        assert_eq!(
            (&role["Description"], &role["MaxSessionDuration"]),
            (&json!(description), &json!(session))
        );
    }
    let trust = trusting(&json!({"AWS": "123456789012"}));
    world.ok("UpdateAssumeRolePolicy", json!({"RoleName": "web", "PolicyDocument": trust}));
    let role = world.ok("GetRole", json!({"RoleName": "web"}));
    assert!(text(&role["Role"]["AssumeRolePolicyDocument"]).contains("%22123456789012%22"));
}

#[test]
fn a_trust_policy_names_who_is_there() {
    let mut world = World::new();
    world.has("User", "alice");
    world.has("Role", "ci");
    let at = |who: &str| trusting(&json!({"AWS": format!("arn:aws:iam::123456789012:{who}")}));
    let role = |document: &str| json!({"RoleName": "new", "AssumeRolePolicyDocument": document});
    let long = trusting(&json!({"Service": vec!["ec2.amazonaws.com"; 120]}));
    world.fail([
        ("CreateRole", role(&at("user/bob")), "MalformedPolicyDocument", "Invalid principal in policy"),
        ("CreateRole", role(&at("role/x/ci")), "MalformedPolicyDocument", "role/x/ci"),
        ("CreateRole", role(POLICY), "MalformedPolicyDocument", ""),
        ("CreateRole", role("{}"), "MalformedPolicyDocument", "Syntax errors in policy."),
        ("CreateRole", role(&long), "LimitExceeded", "ACLSizePerRole: 2048"),
        (
            "UpdateAssumeRolePolicy",
            json!({"RoleName": "ci", "PolicyDocument": at("user/bob")}),
            "MalformedPolicyDocument",
            "user/bob",
        ),
    ]);
    for (name, who) in [("a", "root"), ("b", "user/alice"), ("c", "role/ci")] {
        world.ok("CreateRole", json!({"RoleName": name, "AssumeRolePolicyDocument": at(who)}));
    }
    world.fail([(
        "CreateRole",
        json!({"RoleName": "A", "AssumeRolePolicyDocument": TRUST}),
        "EntityAlreadyExists",
        "Role with name A already exists.",
    )]);
}

#[test]
fn only_a_role_nobody_needs_is_deleted() {
    let mut world = World::new();
    world.has("Role", "web");
    world.has("InstanceProfile", "web");
    let arn = world.policy("p");
    let role = json!({"RoleName": "web"});
    let both = json!({"RoleName": "web", "InstanceProfileName": "web"});
    let policy = json!({"RoleName": "web", "PolicyArn": arn});
    for (give, take, what, words) in [
        (
            "AddRoleToInstanceProfile",
            "RemoveRoleFromInstanceProfile",
            both,
            "must remove roles from instance",
        ),
        ("AttachRolePolicy", "DetachRolePolicy", policy, "must detach all policies first"),
    ] {
        world.ok(give, what.clone());
        world.fail([("DeleteRole", role.clone(), "DeleteConflict", words)]);
        world.ok(take, what);
    }
    world.ok("DeleteRole", role.clone());
    world.fail([("GetRole", role, "NoSuchEntity", "The role with name web cannot be found.")]);
}
