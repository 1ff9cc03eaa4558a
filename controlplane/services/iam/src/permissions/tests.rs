use crate::tests::{POLICY, World, each, text};
use serde_json::{Value, json};

/// Each kind of principal, with how much it takes inline and what AWS calls its quota of policies.
const PRINCIPALS: [(&str, usize, &str); 3] = [
    ("User", 2_048, "PoliciesPerUser"),
    ("Group", 5_120, "PoliciesPerGroup"),
    ("Role", 10_240, "PoliciesPerRole"),
];

fn one(noun: &str, more: Value) -> Value {
    let mut input = json!({ format!("{noun}Name"): "one" });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

#[test]
fn managed_policies_are_attached_and_detached() {
    for (noun, _, quota) in PRINCIPALS {
        let mut world = World::new();
        world.has(noun, "one");
        let [attach, detach] = ["Attach", "Detach"].map(|verb| format!("{verb}{noun}Policy"));
        let list = format!("ListAttached{noun}Policies");
        let arns: Vec<String> = (0..11).map(|number| world.policy(&format!("p{number:02}"))).collect();
        for arn in arns[..10].iter().chain(&arns[..1]) {
            world.ok(&attach, one(noun, json!({"PolicyArn": arn})));
        }
        let words = format!("Cannot exceed quota for {quota}: 10");
        let unknown = json!({"PolicyArn": "arn:aws:iam::123456789012:policy/none"});
        world.fail([
            (&attach, one(noun, json!({"PolicyArn": arns[10]})), "LimitExceeded", &words),
            (&attach, one(noun, unknown.clone()), "NoSuchEntity", "does not exist or is not attachable"),
            (&detach, one(noun, unknown), "NoSuchEntity", "was not found"),
            (&detach, one(noun, json!({"PolicyArn": arns[10]})), "NoSuchEntity", "was not found"),
        ]);
        world.ok(&detach, one(noun, json!({"PolicyArn": arns[3]})));
        world.ok(&attach, one(noun, json!({"PolicyArn": "arn:aws:iam::aws:policy/IAMFullAccess"})));
        for at_once in [1, 3, 10] {
            let listed = world.paged(&list, one(noun, json!({})), "AttachedPolicies", at_once);
            assert_eq!(each(&listed, "PolicyArn").len(), 10);
            assert!(each(&listed, "PolicyName").contains(&"IAMFullAccess".to_owned()));
        }
        assert!(
            world.paged(&list, one(noun, json!({"PathPrefix": "/x/"})), "AttachedPolicies", 3).is_empty()
        );
    }
}

#[test]
fn inline_policies_have_names_and_a_length_together() {
    for (noun, max, _) in PRINCIPALS {
        let mut world = World::new();
        world.has(noun, "one");
        let [put, get, delete] = ["Put", "Get", "Delete"].map(|verb| format!("{verb}{noun}Policy"));
        let policy = |name: &str, length: usize| {
            let filler = "x".repeat(length - POLICY.len());
            let document = POLICY.replace("ec2:*", &format!("ec2:*{filler}"));
            one(noun, json!({"PolicyName": name, "PolicyDocument": document}))
        };
        world.ok(&put, policy("b", max - 200));
        world.ok(&put, policy("B", 200));
        world.ok(&put, policy("B", 200));
        let words = format!("Maximum policy size of {max} bytes exceeded for {} one", noun.to_lowercase());
        let none = one(noun, json!({"PolicyName": "none"}));
        let broken = one(noun, json!({"PolicyName": "a", "PolicyDocument": "{"}));
        world.fail([
            (&put, policy("B", 201), "LimitExceeded", &words),
            (&put, policy("c", 100), "LimitExceeded", &words),
            (&get, none.clone(), "NoSuchEntity", "policy with name none cannot be found."),
            (&delete, none, "NoSuchEntity", "policy with name none cannot be found."),
        ]);
        world.ok(&delete, one(noun, json!({"PolicyName": "b"})));
        world.fail([(&put, broken, "MalformedPolicyDocument", "Syntax errors in policy.")]);
        world.ok(&put, policy("a", 100));
        let shown = world.ok(&get, one(noun, json!({"PolicyName": "a"})));
        assert_eq!(
            (text(&shown[format!("{noun}Name")]), text(&shown["PolicyName"])),
            ("one".into(), "a".into())
        );
        assert!(text(&shown["PolicyDocument"]).starts_with("%7B%22Version"));
        let listed = world.paged(&format!("List{noun}Policies"), one(noun, json!({})), "PolicyNames", 1);
        assert_eq!(listed, [json!("B"), json!("a")]);
    }
}

#[test]
fn boundaries_are_managed_policies() {
    for noun in ["User", "Role"] {
        let mut world = World::new();
        world.has(noun, "one");
        let arn = world.policy("edge");
        let [put, delete] = ["Put", "Delete"].map(|verb| format!("{verb}{noun}PermissionsBoundary"));
        let unknown = one(noun, json!({"PermissionsBoundary": format!("{arn}s")}));
        world.fail([(&put, unknown, "NoSuchEntity", "Scope ARN: arn:aws:iam::123456789012:policy/edges")]);
        world.ok(&put, one(noun, json!({"PermissionsBoundary": arn})));
        let shown = world.ok(&format!("Get{noun}"), one(noun, json!({})));
        assert_eq!(shown[noun]["PermissionsBoundary"]["PermissionsBoundaryArn"], arn);
        world.fail([("DeletePolicy", json!({"PolicyArn": arn}), "DeleteConflict", "attached")]);
        world.ok(&delete, one(noun, json!({})));
        world.ok(&delete, one(noun, json!({})));
        assert!(world.ok(&format!("Get{noun}"), one(noun, json!({})))[noun]["PermissionsBoundary"].is_null());
        world.ok("DeletePolicy", json!({"PolicyArn": arn}));
    }
}
