//! Kinds of IAM's, declared: made, changed from both sides, and deleted.

use crate::SERVICE;
use crate::tests::World;
use controlplane_services_kernel::ServiceError;
use controlplane_services_kernel::manifest::apply::{ApplyOutcome, apply};
use controlplane_services_kernel::manifest::parse;
use serde_json::{Value, json};

/// One of each kind, naming each other, in an order that nothing can be made in.
const ALL: &str = r#"
kind: User
metadata: {name: Alice}
spec:
  path: /ops/
  groups: [Operators]
  policies: [look, "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess"]
  inlinePolicies:
    own: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "iam:GetUser", Resource: "*"}]}
  permissionsBoundary: look
  tags: {team: red}
---
kind: UserGroup
metadata: {name: Operators}
spec: {policies: [look]}
---
kind: InstanceProfile
metadata: {name: web}
spec: {roles: [web]}
---
kind: Role
metadata: {name: web}
spec:
  assumeRolePolicyDocument: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
  description: what web servers may
  policies: [look]
---
kind: IamPolicy
metadata: {name: Look}
spec:
  policyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "ec2:Describe*", Resource: "*"}]}
---
kind: OpenIDConnectProvider
metadata: {name: forge}
spec:
  url: https://forge.example.com
  clientIDs: [hearth]
  thumbprints: [0123456789abcdef0123456789ABCDEF01234567]
"#;

fn applied(world: &mut World, text: &str) -> Result<Vec<ApplyOutcome>, ServiceError> {
    world.change(|cx| {
        let region = cx.caller.region.clone();
        let results = apply(&[&SERVICE], parse(text)?, "default", &region, cx)?;
        Ok(results.into_iter().map(|result| result.outcome).collect())
    })
}

/// The world with all of them. Policies are named as their documents are.
fn world() -> (World, String) {
    let text = ALL.replace("look", "Look");
    let mut world = World::new();
    assert_eq!(applied(&mut world, &text).unwrap(), [ApplyOutcome::Created; 6]);
    (world, text)
}

fn delete(world: &mut World, kind: &str, id: &str) -> Result<(), ServiceError> {
    let entry = SERVICE.kinds.iter().find(|entry| entry.name == kind).unwrap();
    world.change(|cx| entry.delete.unwrap()(id, cx).map(|_| ()))
}

fn arns(answer: &Value) -> Vec<&str> {
    answer["AttachedPolicies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["PolicyArn"].as_str().unwrap())
        .collect()
}

const LOOK: &str = "arn:aws:iam::123456789012:policy/Look";

#[test]
fn what_is_declared_is_what_the_api_shows() {
    let (mut world, text) = world();
    assert_eq!(applied(&mut world, &text).unwrap(), [ApplyOutcome::Unchanged; 6]);
    let user = world.ok("GetUser", json!({"UserName": "Alice"}));
    assert_eq!(user["User"]["Arn"], "arn:aws:iam::123456789012:user/ops/Alice");
    assert_eq!(user["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"], LOOK);
    assert_eq!(user["User"]["Tags"], json!([{"Key": "team", "Value": "red"}]));
    let attached = world.ok("ListAttachedUserPolicies", json!({"UserName": "Alice"}));
    assert_eq!(arns(&attached), [LOOK, "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess"]);
    let groups = world.ok("ListGroupsForUser", json!({"UserName": "Alice"}));
    assert_eq!(groups["Groups"][0]["GroupName"], "Operators");
    let profile = world.ok("GetInstanceProfile", json!({"InstanceProfileName": "web"}));
    assert_eq!(profile["InstanceProfile"]["Roles"][0]["RoleName"], "web");
    let arn = "arn:aws:iam::123456789012:oidc-provider/forge.example.com";
    let provider = world.ok("GetOpenIDConnectProvider", json!({"OpenIDConnectProviderArn": arn}));
    assert_eq!(provider["ClientIDList"], json!(["hearth"]));
}

#[test]
fn manifests_are_merged_with_what_the_api_changed() {
    let (mut world, text) = world();
    // What no manifest names stays; what one names is put right.
    world.ok("TagUser", json!({"UserName": "Alice", "Tags": [{"Key": "team", "Value": "blue"}]}));
    world.ok("DetachRolePolicy", json!({"RoleName": "web", "PolicyArn": LOOK}));
    applied(&mut world, &text).unwrap();
    assert_eq!(world.ok("ListUserTags", json!({"UserName": "Alice"}))["Tags"][0]["Value"], "red");
    assert_eq!(arns(&world.ok("ListAttachedRolePolicies", json!({"RoleName": "web"}))), [LOOK]);
    // Another text is another version in force; of those that are not, the oldest makes room.
    for n in 0..7 {
        let other = text.replace("ec2:Describe*", &format!("ec2:Describe{n}*"));
        let outcomes = applied(&mut world, &other).unwrap();
        assert_eq!(outcomes[4], ApplyOutcome::Configured, "{n}");
    }
    let policy = world.ok("GetPolicy", json!({"PolicyArn": LOOK}));
    assert_eq!(policy["Policy"]["DefaultVersionId"], "v8");
    // What is no longer said goes back to nothing.
    let less = text.replace("  groups: [Operators]\n", "").replace("  permissionsBoundary: Look\n", "");
    applied(&mut world, &less).unwrap();
    assert_eq!(world.ok("ListGroupsForUser", json!({"UserName": "Alice"}))["Groups"], json!([]));
    assert!(world.ok("GetUser", json!({"UserName": "Alice"}))["User"]["PermissionsBoundary"].is_null());
}

#[test]
fn what_cannot_be_is_refused_whole() {
    let (mut world, text) = world();
    for (from, to, words) in [
        ("path: /ops/", "path: ops", "path"),
        ("Action: \"ec2:Describe*\"", "Action: everything", "vendor"),
        ("url: https://forge.example.com", "url: https://other.example.com", "cannot be changed"),
        ("description: what web servers may", "maxSessionDuration: 60", "MaxSessionDuration"),
        ("roles: [web]", "roles: [none]", "none"),
        ("policies: [Look]", "policies: [Other]", "Other"),
        ("spec: {policies", "spec: {users: [Alice], policies", "users"),
        ("thumbprints: [0123", "thumbprints: [x123", "hexadecimal"),
    ] {
        assert!(text.contains(from), "{from}");
        let error = applied(&mut world, &text.replacen(from, to, 1)).expect_err(to);
        assert!(error.message.to_lowercase().contains(&words.to_lowercase()), "{to}: {}", error.message);
    }
    assert_eq!(applied(&mut world, &text).unwrap(), [ApplyOutcome::Unchanged; 6], "nothing was done");
}

#[test]
fn what_others_need_stays_and_the_rest_goes() {
    let (mut world, _) = world();
    for (kind, id) in [("role", "web"), ("iam_policy", "look"), ("user_group", "operators")] {
        assert_eq!(delete(&mut world, kind, id).unwrap_err().code, "DeleteConflict", "{kind}");
    }
    assert_eq!(arns(&world.ok("ListAttachedRolePolicies", json!({"RoleName": "web"}))), [LOOK], "untouched");
    world.ok("CreateAccessKey", json!({"UserName": "Alice"}));
    assert_eq!(delete(&mut world, "user", "alice").unwrap_err().code, "DeleteConflict");
    let key = world.ok("ListAccessKeys", json!({"UserName": "Alice"}))["AccessKeyMetadata"][0]["AccessKeyId"]
        .clone();
    world.ok("DeleteAccessKey", json!({"UserName": "Alice", "AccessKeyId": key}));
    for (kind, id) in [
        ("user", "alice"),
        ("user_group", "operators"),
        ("instance_profile", "web"),
        ("role", "web"),
        ("iam_policy", "look"),
        ("open_id_connect_provider", "forge.example.com"),
    ] {
        delete(&mut world, kind, id).unwrap_or_else(|error| panic!("{kind}: {error}"));
    }
    assert_eq!(world.ok("ListUsers", json!({}))["Users"], json!([]));
}
