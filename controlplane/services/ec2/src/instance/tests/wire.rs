//! Every action of instances and what they are made from, through the wire: answers have only members of AWS.

use crate::image::{BUILTIN_WEB_ID, ProvideBuiltinImages, ProvideBuiltinImagesInput};
use crate::instance::{Instance, State};
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
        "InstanceInitiatedShutdownBehavior": "terminate", "DisableApiTermination": false, "DisableApiStop": true,
        "TagSpecifications": tags,
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
    for attribute in [
        "blockDeviceMapping",
        "disableApiStop",
        "disableApiTermination",
        "enaSupport",
        "enclaveOptions",
        "groupSet",
        "instanceType",
        "kernel",
        "productCodes",
        "sourceDestCheck",
        "userData",
    ] {
        world.ok("DescribeInstanceAttribute", json!({"InstanceId": instance, "Attribute": attribute}));
    }
    let protect = |value| json!({"InstanceId": instance, "DisableApiTermination": {"Value": value}});
    world.ok("ModifyInstanceAttribute", protect(true));
    assert_eq!(
        world.fails("TerminateInstances", json!({"InstanceIds": [instance]})),
        "OperationNotPermitted"
    );
    world.ok("ModifyInstanceAttribute", protect(false));
    let metadata =
        json!({"InstanceId": instance, "InstanceMetadataTags": "enabled", "HttpTokens": "optional"});
    let options = world.ok("ModifyInstanceMetadataOptions", metadata);
    assert_eq!(options["InstanceMetadataOptions"]["InstanceMetadataTags"], "enabled");
    assert_eq!(options["InstanceMetadataOptions"]["HttpPutResponseHopLimit"], 2);
    world.refuses(
        "ModifyInstanceMetadataOptions",
        [
            (json!({"InstanceId": instance}), "MissingParameter"),
            (json!({"InstanceId": instance, "HttpPutResponseHopLimit": 65}), "InvalidParameterValue"),
            (json!({"InstanceId": instance, "HttpProtocolIpv6": "enabled"}), "UnsupportedOperation"),
        ],
    );
    for (action, input, code) in [
        ("StartInstances", json!({"InstanceIds": [instance]}), ""),
        ("StopInstances", json!({"InstanceIds": [instance], "Hibernate": true}), "UnsupportedOperation"),
        ("StopInstances", json!({"InstanceIds": [instance], "Hibernate": false}), "IncorrectInstanceState"),
        ("RebootInstances", json!({"InstanceIds": [instance]}), "IncorrectInstanceState"),
        (
            "ModifyInstanceAttribute",
            json!({"InstanceId": instance, "Groups": []}),
            "InvalidParameterCombination",
        ),
        (
            "ModifyInstanceAttribute",
            json!({"InstanceId": instance, "Kernel": {"Value": "a"}}),
            "UnsupportedOperation",
        ),
        (
            "RunInstances",
            json!({"MinCount": 1, "MaxCount": 1, "HibernationOptions": {"Configured": true}}),
            "UnsupportedOperation",
        ),
    ] {
        let code_found =
            world.call(action, input.clone()).map_or_else(|error| error.code.into_owned(), |_| String::new());
        assert_eq!(code_found, code, "{action} {input}");
    }
    let ended = world.ok("TerminateInstances", json!({"InstanceIds": [instance]}));
    assert_eq!(ended["TerminatingInstances"][0]["CurrentState"]["Name"], "terminated");
    assert_eq!(ids(&world.ok("DescribeInstances", json!({}))), [instance]);
}

/// A running instance and a free interface beside its own.
fn with_a_spare(world: &mut World) -> (String, String) {
    let template = template(world);
    let instance = run(world, &template);
    world
        .change(|cx| {
            let record = cx.get::<Instance>(&instance).unwrap().clone();
            let node = Some("n1".into());
            cx.put(&instance, Instance { state: State::Running, node, disable_api_stop: false, ..record });
            Ok(())
        })
        .unwrap();
    let shown = world.ok("DescribeInstances", json!({"InstanceIds": [instance]}));
    let spare = world.interface(shown["Reservations"][0]["Instances"][0]["SubnetId"].as_str().unwrap());
    (instance, spare)
}

#[test]
fn interfaces_are_attached_and_detached() {
    let mut world = world();
    let (instance, spare) = with_a_spare(&mut world);
    let to = |index: i32| json!({"InstanceId": instance, "NetworkInterfaceId": spare, "DeviceIndex": index});
    world.refuses(
        "AttachNetworkInterface",
        [(to(0), "InvalidParameterValue"), (to(8), "InvalidParameterValue")],
    );
    let attachment = id(&world.ok("AttachNetworkInterface", to(2))["AttachmentId"]);
    assert_eq!(world.fails("AttachNetworkInterface", to(3)), "InvalidNetworkInterface.InUse");
    let shown = world.ok("DescribeInstances", json!({"InstanceIds": [instance]}));
    let shown = &shown["Reservations"][0]["Instances"][0]["NetworkInterfaces"];
    assert_eq!(shown[1]["Attachment"]["DeviceIndex"], 2);
    let first = shown[0]["Attachment"]["AttachmentId"].clone();
    assert_eq!(world.reader().get::<Instance>(&instance).unwrap().interfaces.len(), 2);
    let groups = json!({"InstanceId": instance, "SourceDestCheck": {"Value": false}});
    assert_eq!(world.fails("ModifyInstanceAttribute", groups), "InvalidInstanceID", "which of the two?");
    assert_eq!(
        world.fails("DetachNetworkInterface", json!({"AttachmentId": first})),
        "OperationNotPermitted"
    );
    world.ok("DetachNetworkInterface", json!({"AttachmentId": attachment, "Force": true}));
    assert_eq!(world.reader().get::<Instance>(&instance).unwrap().interfaces.len(), 1);
    let again = json!({"AttachmentId": attachment});
    assert_eq!(world.fails("DetachNetworkInterface", again), "InvalidAttachmentID.NotFound");
    world.ok("DeleteNetworkInterface", json!({"NetworkInterfaceId": spare}));
}

#[test]
fn an_elastic_address_follows_an_instance_through_a_stop() {
    let mut world = world();
    let (instance, _) = with_a_spare(&mut world);
    let allocation = id(&world.ok("AllocateAddress", json!({}))["AllocationId"]);
    let input = json!({"AllocationId": allocation, "InstanceId": instance});
    world.ok("AssociateAddress", input);
    let public = |world: &mut World| {
        let shown = world.ok("DescribeInstances", json!({"InstanceIds": [instance]}));
        shown["Reservations"][0]["Instances"][0]["PublicIpAddress"].clone()
    };
    let before = public(&mut world);
    world.ok("StopInstances", json!({"InstanceIds": [instance]}));
    world
        .change(|cx| {
            crate::instance::moves::stopped(&instance, cx);
            Ok(())
        })
        .unwrap();
    assert_eq!(world.reader().get::<Instance>(&instance).unwrap().state, State::Stopped);
    assert_eq!((public(&mut world), before.is_string()), (before, true));
    let shown =
        world.ok("DescribeAddresses", json!({"Filters": [{"Name": "instance-id", "Values": [instance]}]}));
    assert_eq!(each(&shown["Addresses"], "AllocationId"), [allocation]);
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
