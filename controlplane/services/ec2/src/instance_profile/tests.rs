use crate::image::{BUILTIN_WEB_ID, ProvideBuiltinImages, ProvideBuiltinImagesInput};
use crate::instance_profile::{InstanceProfileSpecification, pass_role};
use crate::tests::World;
use controlplane_services_iam::SERVICE as IAM;
use controlplane_services_kernel::{Operation, rehearsal};
use serde_json::{Value, json};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}"#;

/// Two profiles, `web` with a role.
fn world() -> World {
    let mut world = World::new();
    world.change(|cx| ProvideBuiltinImages::run(&ProvideBuiltinImagesInput {}, cx)).unwrap();
    for (action, input) in [
        ("CreateRole", json!({"RoleName": "reader", "AssumeRolePolicyDocument": TRUST})),
        ("CreateInstanceProfile", json!({"InstanceProfileName": "web", "Path": "/fleet/"})),
        ("CreateInstanceProfile", json!({"InstanceProfileName": "spare"})),
        ("AddRoleToInstanceProfile", json!({"InstanceProfileName": "web", "RoleName": "reader"})),
    ] {
        world.change(|cx| rehearsal::call(&IAM, action, &input, cx)).unwrap();
    }
    world
}

fn launch(world: &mut World, profile: Option<Value>) -> Value {
    let mut input =
        json!({"ImageId": BUILTIN_WEB_ID, "InstanceType": "t3.nano", "MinCount": 1, "MaxCount": 1});
    if let Some(profile) = profile {
        input["IamInstanceProfile"] = profile;
    }
    world.ok("RunInstances", input)["Instances"][0].clone()
}

fn associations(world: &mut World, filter: Option<(&str, &str)>) -> Vec<Value> {
    let filters: Vec<Value> =
        filter.iter().map(|(name, value)| json!({"Name": name, "Values": [value]})).collect();
    let answer = world.ok("DescribeIamInstanceProfileAssociations", json!({"Filters": filters}));
    answer["IamInstanceProfileAssociations"].as_array().cloned().unwrap_or_default()
}

#[test]
fn a_launch_gives_a_profile() {
    let mut world = world();
    let arn = "arn:aws:iam::123456789012:instance-profile/fleet/web";
    for named in [json!({"Name": "web"}), json!({"Arn": arn})] {
        let instance = launch(&mut world, Some(named));
        assert_eq!(instance["IamInstanceProfile"]["Arn"], arn);
        assert!(instance["IamInstanceProfile"]["Id"].as_str().unwrap().starts_with("AIPA"));
    }
    let plain = launch(&mut world, None);
    assert_eq!(plain["IamInstanceProfile"], Value::Null);
    assert_eq!(associations(&mut world, None).len(), 2);
    assert_eq!(associations(&mut world, Some(("state", "associated"))).len(), 2);
    let id = plain["InstanceId"].as_str().unwrap().to_owned();
    assert_eq!(associations(&mut world, Some(("instance-id", &id))).len(), 0);
    for (filter, value) in [("arn", arn), ("name", "web")] {
        let name = format!("iam-instance-profile.{filter}");
        let found = world.ok("DescribeInstances", json!({"Filters": [{"Name": name, "Values": [value]}]}));
        assert_eq!(found["Reservations"].as_array().unwrap().len(), 2, "{name}");
    }
}

#[test]
fn what_is_no_profile_is_refused() {
    let mut world = world();
    let run = |profile: Value| json!({"ImageId": BUILTIN_WEB_ID, "MinCount": 1, "MaxCount": 1, "IamInstanceProfile": profile});
    let arn = "arn:aws:iam::123456789012:instance-profile/web";
    world.refuses(
        "RunInstances",
        [
            (run(json!({"Name": "nobody"})), "InvalidParameterValue"),
            // The path is missing.
            (run(json!({"Arn": arn})), "InvalidParameterValue"),
            (run(json!({"Arn": arn, "Name": "web"})), "InvalidParameterCombination"),
        ],
    );
}

#[test]
fn associations_come_change_and_go() {
    let mut world = world();
    let id = launch(&mut world, None)["InstanceId"].clone();
    let associate = json!({"InstanceId": id, "IamInstanceProfile": {"Name": "web"}});
    let answer = world.ok("AssociateIamInstanceProfile", associate.clone());
    let first = answer["IamInstanceProfileAssociation"].clone();
    assert_eq!((&first["State"], &first["InstanceId"]), (&json!("associating"), &id));
    assert_eq!(world.fails("AssociateIamInstanceProfile", associate), "IncorrectState");
    let replace = json!({"AssociationId": first["AssociationId"], "IamInstanceProfile": {"Name": "spare"}});
    let second = world.ok("ReplaceIamInstanceProfileAssociation", replace.clone());
    let second = second["IamInstanceProfileAssociation"]["AssociationId"].clone();
    assert_ne!(first["AssociationId"], second);
    assert_eq!(world.fails("ReplaceIamInstanceProfileAssociation", replace), "InvalidAssociationID.NotFound");
    let found = associations(&mut world, None);
    assert_eq!(
        (found.len(), &found[0]["AssociationId"], &found[0]["State"]),
        (1, &second, &json!("associated"))
    );
    let answer = world.ok("DisassociateIamInstanceProfile", json!({"AssociationId": second}));
    assert_eq!(answer["IamInstanceProfileAssociation"]["State"], "disassociating");
    assert_eq!(associations(&mut world, None), Vec::<Value>::new());
    world.refuses(
        "DisassociateIamInstanceProfile",
        [(json!({"AssociationId": second}), "InvalidAssociationID.NotFound")],
    );
    let gone = json!({"AssociationIds": [second]});
    assert_eq!(world.fails("DescribeIamInstanceProfileAssociations", gone), "InvalidAssociationID.NotFound");
}

#[test]
fn a_terminated_instance_has_none_and_gets_none() {
    let mut world = world();
    let instance = launch(&mut world, Some(json!({"Name": "web"})));
    let id = instance["InstanceId"].clone();
    world.ok("TerminateInstances", json!({"InstanceIds": [id]}));
    assert_eq!(associations(&mut world, None), Vec::<Value>::new());
    let again = json!({"InstanceId": id, "IamInstanceProfile": {"Name": "web"}});
    assert_eq!(world.fails("AssociateIamInstanceProfile", again), "IncorrectInstanceState");
}

#[test]
fn who_gives_a_profile_passes_its_role() {
    let mut world = world();
    let reader = world.reader();
    let named = |name: &str| InstanceProfileSpecification { name: Some(name.into()), arn: None };
    let access = pass_role(Some(&named("web")), &reader).unwrap();
    assert_eq!(access.action, Some("iam:PassRole"));
    assert_eq!(access.resource, "arn:aws:iam::123456789012:role/reader");
    for nothing in [Some(named("spare")), Some(named("nobody")), None] {
        assert_eq!(pass_role(nothing.as_ref(), &reader), None);
    }
}
