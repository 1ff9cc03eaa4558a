//! Every action of instances and what they are made from, through the wire: answers have only members of AWS.

use crate::image::{BUILTIN_WEB_ID, ProvideBuiltinImages, ProvideBuiltinImagesInput};
use crate::tests::{World, each, id};
use controlplane_services_kernel::Operation;
use serde_json::{Value, json};

fn world() -> World {
    let mut world = World::new();
    world.change(|cx| ProvideBuiltinImages::run(&ProvideBuiltinImagesInput {}, cx)).unwrap();
    world
}

/// A template that says all a template can.
fn template(world: &mut World) -> String {
    let tags = json!([{"ResourceType": "instance", "Tags": [{"Key": "a", "Value": "b"}]}]);
    let interface = json!({
        "DeviceIndex": 0, "AssociatePublicIpAddress": true, "DeleteOnTermination": true, "Description": "first",
        "SecondaryPrivateIpAddressCount": 1,
    });
    let data = json!({
        "ImageId": BUILTIN_WEB_ID, "InstanceType": "t3.micro", "UserData": "aGVsbG8=",
        "NetworkInterfaces": [interface], "Placement": {"AvailabilityZone": "us-east-1a"},
        "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 2, "HttpEndpoint": "enabled"},
        "InstanceInitiatedShutdownBehavior": "terminate", "DisableApiTermination": false, "TagSpecifications": tags,
    });
    let input = json!({"LaunchTemplateName": "web", "VersionDescription": "one", "LaunchTemplateData": data});
    id(&world.ok("CreateLaunchTemplate", input)["LaunchTemplate"]["LaunchTemplateId"])
}

fn run(world: &mut World, template: &str) -> String {
    let input = json!({
        "MinCount": 1, "MaxCount": 1, "ClientToken": "token",
        "LaunchTemplate": {"LaunchTemplateId": template, "Version": "$Latest"},
    });
    id(&world.ok("RunInstances", input)["Instances"][0]["InstanceId"])
}

fn ids(shown: &Value) -> Vec<String> {
    each(&shown["Reservations"][0]["Instances"], "InstanceId")
}

#[test]
fn instances() {
    let mut world = world();
    let template = template(&mut world);
    let instance = run(&mut world, &template);
    let shown = ids(&world.ok("DescribeInstances", json!({"InstanceIds": [instance]})));
    assert_eq!(shown, std::slice::from_ref(&instance));
    world.ok("DescribeInstanceStatus", json!({"IncludeAllInstances": true}));
    world.ok("GetConsoleOutput", json!({"InstanceId": instance, "Latest": true}));
    for attribute in ["instanceType", "userData", "disableApiTermination", "groupSet", "sourceDestCheck"] {
        world.ok("DescribeInstanceAttribute", json!({"InstanceId": instance, "Attribute": attribute}));
    }
    let protect = |value| json!({"InstanceId": instance, "DisableApiTermination": {"Value": value}});
    world.ok("ModifyInstanceAttribute", protect(true));
    assert_eq!(
        world.fails("TerminateInstances", json!({"InstanceIds": [instance]})),
        "OperationNotPermitted"
    );
    world.ok("ModifyInstanceAttribute", protect(false));
    let ended = world.ok("TerminateInstances", json!({"InstanceIds": [instance]}));
    assert_eq!(ended["TerminatingInstances"][0]["CurrentState"]["Name"], "terminated");
    assert_eq!(ids(&world.ok("DescribeInstances", json!({}))), [instance]);
}

#[test]
fn launch_templates() {
    let mut world = world();
    let template = template(&mut world);
    let named = json!({"LaunchTemplateId": template});
    let data = json!({"InstanceType": "t3.small"});
    let input = json!({"LaunchTemplateName": "web", "SourceVersion": "1", "LaunchTemplateData": data});
    world.ok("CreateLaunchTemplateVersion", input);
    let versions = world.ok("DescribeLaunchTemplateVersions", named.clone());
    let data = &versions["LaunchTemplateVersions"][1]["LaunchTemplateData"];
    assert_eq!((&data["InstanceType"], &data["ImageId"]), (&json!("t3.small"), &json!(BUILTIN_WEB_ID)));
    world.ok("ModifyLaunchTemplate", json!({"LaunchTemplateId": template, "DefaultVersion": "2"}));
    world.ok(
        "DeleteLaunchTemplateVersions",
        json!({"LaunchTemplateId": template, "Versions": ["1", "2", "9"]}),
    );
    let shown = world.ok("DescribeLaunchTemplates", json!({"LaunchTemplateIds": [template]}));
    assert_eq!(shown["LaunchTemplates"][0]["DefaultVersionNumber"], 2);
    world.ok("DeleteLaunchTemplate", named);
}

#[test]
fn types_images_and_key_pairs() {
    let mut world = world();
    let types = world.ok("DescribeInstanceTypes", json!({}));
    assert!(each(&types["InstanceTypes"], "InstanceType").contains(&"t3.micro".to_owned()));
    let images = world.ok("DescribeImages", json!({"Owners": ["amazon"]}));
    assert_eq!(each(&images["Images"], "ImageId"), [BUILTIN_WEB_ID]);
    assert_eq!(world.fails("DeregisterImage", json!({"ImageId": BUILTIN_WEB_ID})), "AuthFailure");
    // The line of a key file; the wire carries it in base64.
    let line =
        b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHH0k072lN7dupfdD7V8jnebJnOPQKYgBUdyuLaUFePi me".to_vec();
    world.ok("ImportKeyPair", json!({"KeyName": "mine", "PublicKeyMaterial": line}));
    let pairs = world.ok("DescribeKeyPairs", json!({"IncludePublicKey": true}));
    assert_eq!(each(&pairs["KeyPairs"], "KeyType"), ["ed25519"]);
    assert_eq!(world.ok("DeleteKeyPair", json!({"KeyName": "mine"}))["Return"], true);
}
