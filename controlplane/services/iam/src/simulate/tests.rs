use crate::tests::{ACCOUNT, World};
use serde_json::{Value, json};

const ALLOW: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ec2:*","Resource":"*"}}"#;
const DENY: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"ec2:TerminateInstances","Resource":"*"}}"#;
const OWN: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject",
    "Resource":"arn:aws:s3:::home/${aws:username}/*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}}"#;
const FILE: &str = "arn:aws:s3:::home/alice/file";

fn alice() -> String {
    format!("arn:aws:iam::{ACCOUNT}:user/alice")
}

/// Alice may do all of EC2 by her group, but not end instances.
fn world() -> World {
    let mut world = World::new();
    world.ok("CreateUser", json!({"UserName": "alice"}));
    world.ok("CreateGroup", json!({"GroupName": "ops"}));
    world.ok("AddUserToGroup", json!({"UserName": "alice", "GroupName": "ops"}));
    world.ok("PutGroupPolicy", json!({"GroupName": "ops", "PolicyName": "all", "PolicyDocument": ALLOW}));
    world.ok("PutUserPolicy", json!({"UserName": "alice", "PolicyName": "spare", "PolicyDocument": DENY}));
    world.ok("PutUserPolicy", json!({"UserName": "alice", "PolicyName": "home", "PolicyDocument": OWN}));
    world
}

/// Decision, matched policies and missing keys of the only result.
fn only(answer: &Value) -> (String, Vec<String>, Vec<String>) {
    let results = answer["EvaluationResults"].as_array().unwrap();
    assert_eq!(results.len(), 1, "{answer}");
    let texts =
        |value: &Value| value.as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()).collect();
    let matched = results[0]["MatchedStatements"].as_array().unwrap();
    let matched = matched.iter().map(|it| it["SourcePolicyId"].as_str().unwrap().to_owned()).collect();
    (
        results[0]["EvalDecision"].as_str().unwrap().to_owned(),
        matched,
        texts(&results[0]["MissingContextValues"]),
    )
}

#[test]
fn a_principals_policies_and_its_groups_are_asked() {
    let mut world = world();
    let inside =
        json!([{"ContextKeyName": "aws:SourceIp", "ContextKeyValues": ["10.1.2.3"], "ContextKeyType": "ip"}]);
    let outside = json!([{"ContextKeyName": "aws:SourceIp", "ContextKeyValues": ["192.0.2.1"], "ContextKeyType": "ip"}]);
    for (action, resource, context, decision, matched, missing) in [
        ("ec2:RunInstances", "*", json!([]), "allowed", "group_ops_all", "aws:SourceIp"),
        ("ec2:TerminateInstances", "*", json!([]), "explicitDeny", "user_alice_spare", "aws:SourceIp"),
        ("iam:CreateUser", "*", json!([]), "implicitDeny", "", "aws:SourceIp"),
        ("s3:GetObject", FILE, inside.clone(), "allowed", "user_alice_home", ""),
        ("s3:GetObject", FILE, outside, "implicitDeny", "", ""),
        ("s3:GetObject", "arn:aws:s3:::home/bob/file", inside, "implicitDeny", "", ""),
    ] {
        let input = json!({"PolicySourceArn": alice(), "ActionNames": [action], "ResourceArns": [resource],
            "ContextEntries": context});
        let (found, policies, keys) = only(&world.ok("SimulatePrincipalPolicy", input));
        assert_eq!(
            (found.as_str(), policies.join(","), keys.join(",")),
            (decision, matched.into(), missing.into()),
            "{action}"
        );
    }
}

#[test]
fn a_boundary_bounds_and_a_given_one_takes_its_place() {
    let mut world = world();
    let boundary = json!({"PolicyName": "edge", "PolicyDocument": DENY.replace("Deny", "Allow")});
    let arn = world.ok("CreatePolicy", boundary)["Policy"]["Arn"].clone();
    world.ok("PutUserPermissionsBoundary", json!({"UserName": "alice", "PermissionsBoundary": arn}));
    let ask = |world: &mut World, given: Option<&str>| {
        let mut input = json!({"PolicySourceArn": alice(), "ActionNames": ["ec2:RunInstances"]});
        if let Some(given) = given {
            input["PermissionsBoundaryPolicyInputList"] = json!([given]);
        }
        let answer = world.ok("SimulatePrincipalPolicy", input);
        let allowed = &answer["EvaluationResults"][0]["PermissionsBoundaryDecisionDetail"];
        (only(&answer).0, allowed["AllowedByPermissionsBoundary"].as_bool())
    };
    assert_eq!(ask(&mut world, None), ("implicitDeny".to_owned(), Some(false)));
    assert_eq!(ask(&mut world, Some(ALLOW)), ("allowed".to_owned(), Some(true)));
}

#[test]
fn given_policies_are_asked_with_and_without_a_resources() {
    let mut world = World::new();
    let resource = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"ARN"},
        "Action":"s3:*","Resource":"arn:aws:s3:::home/*"}}"#
        .replace("ARN", &alice());
    let custom = |caller: Option<String>| {
        let mut input = json!({"PolicyInputList": [ALLOW, DENY], "ActionNames": ["s3:GetObject"],
            "ResourceArns": [FILE], "ResourcePolicy": resource});
        if let Some(caller) = caller {
            input["CallerArn"] = json!(caller);
        }
        input
    };
    let answer = world.ok("SimulateCustomPolicy", custom(Some(alice())));
    assert_eq!(only(&answer), ("allowed".to_owned(), vec!["ResourcePolicy".to_owned()], vec![]));
    let specific = &answer["EvaluationResults"][0]["ResourceSpecificResults"][0];
    assert_eq!(specific["EvalResourceDecision"], "allowed", "{answer}");
    assert_eq!(specific["MatchedStatements"][0]["SourcePolicyType"], "resource");
    let bob = alice().replace("alice", "bob");
    assert_eq!(only(&world.ok("SimulateCustomPolicy", custom(Some(bob)))).0, "implicitDeny");
    world.fail([("SimulateCustomPolicy", custom(None), "InvalidInput", "needs the CallerArn")]);
}

#[test]
fn every_action_is_asked_on_every_resource_in_pages() {
    let mut world = World::new();
    let mut input = json!({"PolicyInputList": [ALLOW], "ActionNames": ["ec2:A", "s3:B"],
        "ResourceArns": ["arn:aws:x:::1", "arn:aws:x:::2"], "MaxItems": 3});
    let first = world.ok("SimulateCustomPolicy", input.clone());
    assert_eq!(
        (first["EvaluationResults"].as_array().unwrap().len(), first["IsTruncated"].as_bool()),
        (3, Some(true))
    );
    input["Marker"] = first["Marker"].clone();
    let last = world.ok("SimulateCustomPolicy", input);
    let result = &last["EvaluationResults"][0];
    assert_eq!(
        (&result["EvalActionName"], &result["EvalResourceName"]),
        (&json!("s3:B"), &json!("arn:aws:x:::2"))
    );
    assert_eq!(last["IsTruncated"], false);
}

#[test]
fn context_keys_are_told_as_they_are_written() {
    let mut world = world();
    let keys = |answer: Value| answer["ContextKeyNames"].clone();
    let of_alice = world.ok("GetContextKeysForPrincipalPolicy", json!({"PolicySourceArn": alice()}));
    assert_eq!(keys(of_alice), json!(["aws:SourceIp", "aws:username"]));
    let custom = world.ok("GetContextKeysForCustomPolicy", json!({"PolicyInputList": [OWN, ALLOW, OWN]}));
    assert_eq!(keys(custom), json!(["aws:SourceIp", "aws:username"]));
}

#[test]
fn what_cannot_be_simulated_is_refused() {
    let mut world = world();
    let nobody = alice().replace("alice", "carol");
    let entry = |values: Value, kind: &str| {
        json!({"PolicyInputList": [ALLOW], "ActionNames": ["ec2:A"],
        "ContextEntries": [{"ContextKeyName": "aws:key", "ContextKeyValues": values, "ContextKeyType": kind}]})
    };
    let many: Vec<String> = (0..200).map(|n| format!("ec2:A{n}")).collect();
    let resources: Vec<String> = (0..51).map(|n| format!("arn:aws:x:::{n}")).collect();
    world.fail([
        (
            "SimulatePrincipalPolicy",
            json!({"PolicySourceArn": nobody, "ActionNames": ["ec2:A"]}),
            "NoSuchEntity",
            "carol",
        ),
        (
            "SimulateCustomPolicy",
            json!({"PolicyInputList": ["{}"], "ActionNames": ["ec2:A"]}),
            "InvalidInput",
            "",
        ),
        (
            "SimulateCustomPolicy",
            json!({"PolicyInputList": [ALLOW], "ActionNames": ["RunInstances"]}),
            "InvalidInput",
            "RunInstances",
        ),
        (
            "SimulateCustomPolicy",
            json!({"PolicyInputList": [ALLOW], "ActionNames": ["ec2:*"]}),
            "InvalidInput",
            "ec2:*",
        ),
        (
            "SimulateCustomPolicy",
            json!({"PolicyInputList": [ALLOW], "ActionNames": many, "ResourceArns": resources}),
            "InvalidInput",
            "10200",
        ),
        ("SimulateCustomPolicy", entry(json!(["a", "b"]), "string"), "InvalidInput", "one value"),
        ("SimulateCustomPolicy", entry(json!(["a"]), "numeric"), "InvalidInput", "not of its type"),
        ("SimulateCustomPolicy", entry(json!(["yes"]), "booleanList"), "InvalidInput", "not of its type"),
        ("SimulateCustomPolicy", entry(json!(["10.0.0"]), "ip"), "InvalidInput", "not of its type"),
        ("SimulateCustomPolicy", entry(json!(["soon"]), "date"), "InvalidInput", "not of its type"),
        ("SimulateCustomPolicy", entry(json!(["%"]), "binary"), "InvalidInput", "not of its type"),
    ]);
}

#[test]
fn may_somebody_is_answered_with_why() {
    let mut world = world();
    for (principal, action, allowed, because) in [
        (
            "user/alice",
            "ec2:RunInstances",
            true,
            "allowed by group_ops_all; its policies ask for what a request would tell: aws:SourceIp",
        ),
        ("group/ops", "ec2:RunInstances", true, "allowed by group_ops_all"),
        (&alice(), "ec2:TerminateInstances", false, "denied by user_alice_spare; its policies"),
        ("group/ops", "iam:CreateUser", false, "no policy allows it"),
    ] {
        let answer = world.change(|cx| super::may(principal, action, "*", cx)).unwrap();
        assert_eq!(answer.is_allowed(), allowed, "{principal} {action}");
        assert!(answer.because().starts_with(because), "{principal} {action}: {}", answer.because());
    }
    for unknown in ["user/carol", "carol", "machine/x"] {
        assert_eq!(
            world.change(|cx| super::may(unknown, "ec2:A", "*", cx)).unwrap_err().code,
            "NoSuchEntity"
        );
    }
}

/// Statements are named one by one, with the place each has in its own text.
#[test]
fn statements_are_told_by_their_place() {
    let mut world = World::new();
    let policy = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\"Effect\": \"Allow\", \"Action\": \"ec2:*\", \
                  \"Resource\": \"*\"},\n    {\"Effect\": \"Allow\", \"Action\": \"iam:*\", \"Resource\": \"*\"},\n    \
                  {\"Effect\": \"Allow\", \"Action\": \"ec2:Run*\", \"Resource\": \"*\"}\n  ]\n}";
    let places = |answer: &Value| -> Vec<Value> {
        let matched = answer["EvaluationResults"][0]["MatchedStatements"].as_array().unwrap();
        let place = |it: &Value| json!([it["SourcePolicyId"], it["StartPosition"], it["EndPosition"]]);
        matched.iter().map(place).collect()
    };
    let at = |line: u32, column: u32| json!({"Line": line, "Column": column});
    let input = json!({"PolicyInputList": [ALLOW, policy], "ActionNames": ["ec2:RunInstances"]});
    let end = ALLOW.len() as u32;
    assert_eq!(
        places(&world.ok("SimulateCustomPolicy", input)),
        [
            json!(["PolicyInputList.1", at(1, 37), at(1, end)]),
            json!(["PolicyInputList.2", at(3, 17), at(4, 60)]),
            json!(["PolicyInputList.2", at(5, 60), at(6, 63)]),
        ]
    );
    world.ok("CreateUser", json!({"UserName": "alice"}));
    world.ok("PutUserPolicy", json!({"UserName": "alice", "PolicyName": "own", "PolicyDocument": policy}));
    let arn = "arn:aws:iam::aws:policy/AmazonEC2FullAccess";
    world.ok("AttachUserPolicy", json!({"UserName": "alice", "PolicyArn": arn}));
    let input = json!({"PolicySourceArn": alice(), "ActionNames": ["iam:GetUser"]});
    assert_eq!(
        places(&world.ok("SimulatePrincipalPolicy", input)),
        [json!(["user_alice_own", at(4, 60), at(5, 60)])]
    );
    let input = json!({"PolicySourceArn": alice(), "ActionNames": ["ec2:StopInstances"]});
    let found = places(&world.ok("SimulatePrincipalPolicy", input));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[1][1]["Line"].is_u64(), "one of AWS's has a place too");
}
