//! A region in which everything is that an error may be about, under names that the catalogue uses.

use crate::image::{BUILTIN_WEB_ID, ImportImage, ImportImageInput, ProvideBuiltinImages};
use crate::image::{ProvideBuiltinImagesInput, RegisterPulledImage, RegisterPulledImageInput};
use crate::instance::{Instance, InstanceStatus, ObserveInstances, ObserveInstancesInput, ObservedState};
use crate::tests::{World, id};
use controlplane_services_kernel::context::SYSTEM_ACCOUNT;
use controlplane_services_kernel::{Operation, ServiceError};
use controlplane_services_native::node::{Capacity, RegisterNode, RegisterNodeInput};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const OTHER_ACCOUNT: &str = "210987654321";
const KEY: &[u8] = b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl laptop";

/// The region and the names of ids in it.
#[derive(Clone)]
pub(super) struct Scene {
    world: World,
    names: BTreeMap<String, String>,
}

impl Scene {
    pub(super) fn new() -> Self {
        let mut scene = Self { world: World::new(), names: BTreeMap::new() };
        scene.keep("image", BUILTIN_WEB_ID);
        scene.machine();
        scene.default_vpc();
        scene.lab();
        scene.elsewhere();
        scene.belongings();
        scene.instances();
        scene
    }

    pub(super) fn keep(&mut self, name: &str, id: &str) {
        self.names.insert(name.to_owned(), id.to_owned());
    }

    /// Sends a request of the scene and keeps an id of the answer.
    fn make(&mut self, name: &str, action: &str, input: Value, pointer: &str) {
        let answer = self.world.ok(action, self.filled(&input));
        let found = answer.pointer(pointer).unwrap_or_else(|| panic!("{action}: no {pointer} in {answer}"));
        self.keep(name, &id(found));
    }

    /// A node too small for much.
    fn machine(&mut self) {
        let input = RegisterNodeInput {
            node: "n1".into(),
            boot_id: "boot".into(),
            agent_version: "0.1.0".into(),
            labels: [("zone".to_owned(), "us-east-1a".to_owned())].into(),
            capacity: Capacity { vcpus: 4, memory_mib: 10_240, disk_mib: 10_000, allocatable: None },
            underlay_address: "127.0.0.1".into(),
            taints: Vec::new(),
        };
        self.world.as_account(SYSTEM_ACCOUNT, |world| {
            world.change(|cx| RegisterNode::run(&input, cx)).unwrap();
            world.change(|cx| ProvideBuiltinImages::run(&ProvideBuiltinImagesInput {}, cx)).unwrap();
        });
    }

    fn default_vpc(&mut self) {
        let subnet = |zone: &str| json!({"Filters": [{"Name": "availability-zone", "Values": [zone]}]});
        self.make("default_vpc", "DescribeVpcs", json!({}), "/Vpcs/0/VpcId");
        self.make("default_subnet", "DescribeSubnets", subnet("us-east-1a"), "/Subnets/0/SubnetId");
        self.make("default_subnet_b", "DescribeSubnets", subnet("us-east-1b"), "/Subnets/0/SubnetId");
        let default = json!({"Filters": [{"Name": "group-name", "Values": ["default"]}]});
        self.make("default_group", "DescribeSecurityGroups", default, "/SecurityGroups/0/GroupId");
        self.make("main_default_table", "DescribeRouteTables", json!({}), "/RouteTables/0/RouteTableId");
    }

    /// 10.0.0.0/16 with a gateway, two subnets, a table of its own, groups and an interface.
    fn lab(&mut self) {
        let vpc = self.world.vpc("10.0.0.0/16");
        let gateway = self.world.gateway(&vpc);
        let subnet = self.world.subnet(&vpc, "10.0.0.0/24");
        let small = self.world.subnet(&vpc, "10.0.1.0/28");
        let (group, peer) = (self.world.group(&vpc, "web"), self.world.group(&vpc, "db"));
        let names = [
            ("vpc", vpc),
            ("gateway", gateway),
            ("subnet", subnet),
            ("small_subnet", small),
            ("group", group),
        ];
        names.iter().for_each(|(name, id)| self.keep(name, id));
        self.keep("peer", &peer);
        let main = json!({"Filters": [{"Name": "vpc-id", "Values": ["{vpc}"]}]});
        self.make("main_table", "DescribeRouteTables", main.clone(), "/RouteTables/0/RouteTableId");
        let association = "/RouteTables/0/Associations/0/RouteTableAssociationId";
        self.make("main_association", "DescribeRouteTables", main, association);
        self.make("table", "CreateRouteTable", json!({"VpcId": "{vpc}"}), "/RouteTable/RouteTableId");
        let associate = json!({"RouteTableId": "{table}", "SubnetId": "{subnet}"});
        self.make("association", "AssociateRouteTable", associate, "/AssociationId");
        let route =
            json!({"RouteTableId": "{table}", "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "{gateway}"});
        self.world.ok("CreateRoute", self.filled(&route));
        let ssh = json!({"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]});
        let rule = "/SecurityGroupRules/0/SecurityGroupRuleId";
        let allow = json!({"GroupId": "{group}", "IpPermissions": [ssh]});
        self.make("rule", "AuthorizeSecurityGroupIngress", allow, rule);
        let interface = json!({"SubnetId": "{subnet}", "Groups": ["{group}"]});
        self.make("interface", "CreateNetworkInterface", interface, "/NetworkInterface/NetworkInterfaceId");
        let shown = json!({"NetworkInterfaceIds": ["{interface}"]});
        self.make(
            "interface_address",
            "DescribeNetworkInterfaces",
            shown,
            "/NetworkInterfaces/0/PrivateIpAddress",
        );
    }

    /// A VPC without a way out, a gateway without a VPC, an image of others.
    fn elsewhere(&mut self) {
        let vpc = self.world.vpc("10.9.0.0/16");
        let subnet = self.world.subnet(&vpc, "10.9.0.0/24");
        let (group, interface) = (self.world.group(&vpc, "far"), self.world.interface(&subnet));
        for (name, id) in [
            ("other_vpc", vpc),
            ("other_subnet", subnet),
            ("other_group", group),
            ("other_interface", interface),
        ] {
            self.keep(name, &id);
        }
        let gateway = "/InternetGateway/InternetGatewayId";
        self.make("free_gateway", "CreateInternetGateway", json!({}), gateway);
        let image = |name: &str| {
            format!(
                "kind: Image\nmetadata: {{name: {name}}}\nspec: {{source: 'builtin:web', name: {name}}}\n"
            )
        };
        self.world.apply(&image("own-image")).unwrap();
        self.world.as_account(OTHER_ACCOUNT, |world| world.apply(&image("their-image")).map(drop)).unwrap();
        let named = |name: &str| json!({"Filters": [{"Name": "name", "Values": [name]}]});
        self.make("own_image", "DescribeImages", named("own-image"), "/Images/0/ImageId");
        let theirs = self.world.as_account(OTHER_ACCOUNT, |world| {
            id(&world.ok("DescribeImages", named("their-image"))["Images"][0]["ImageId"])
        });
        let share = json!({"ImageId": theirs, "LaunchPermission": {"Add": [{"Group": "all"}]}});
        self.world.as_account(OTHER_ACCOUNT, |world| world.ok("ModifyImageAttribute", share));
        self.keep("foreign_image", &theirs);
    }

    fn belongings(&mut self) {
        let key = json!({"KeyName": "laptop", "PublicKeyMaterial": KEY});
        self.make("key", "ImportKeyPair", key, "/KeyPairId");
        self.make("address", "AllocateAddress", json!({}), "/AllocationId");
        let template = json!({"LaunchTemplateName": "web", "LaunchTemplateData": {"ImageId": "{image}"}});
        self.make("template", "CreateLaunchTemplate", template, "/LaunchTemplate/LaunchTemplateId");
        let list = json!({
            "PrefixListName": "office", "AddressFamily": "IPv4", "MaxEntries": 5,
            "Entries": [{"Cidr": "192.0.2.0/24"}],
        });
        self.make("list", "CreateManagedPrefixList", list, "/PrefixList/PrefixListId");
    }

    /// One that runs, one that is stopped, and one whose node is no more.
    fn instances(&mut self) {
        for name in ["running", "stopped", "orphan"] {
            let run = json!({
                "ImageId": "{image}", "InstanceType": "t3.nano", "MinCount": 1, "MaxCount": 1,
                "SubnetId": "{default_subnet}",
            });
            self.make(name, "RunInstances", run, "/Instances/0/InstanceId");
            self.observe(name, ObservedState::Running);
        }
        for name in ["stopped", "orphan"] {
            let stop = json!({"InstanceIds": [format!("{{{name}}}")]});
            self.world.ok("StopInstances", self.filled(&stop));
            self.observe(name, ObservedState::Stopped);
        }
        let orphan = self.names["orphan"].clone();
        let forget = |cx: &mut controlplane_services_kernel::Context| {
            let mut instance = cx.get::<Instance>(&orphan).unwrap().clone();
            instance.node = Some("gone".into());
            cx.put(&orphan, instance);
            Ok(())
        };
        self.world.change(forget).unwrap();
        let shown = json!({"Filters": [{"Name": "attachment.instance-id", "Values": ["{running}"]}]});
        let interface = "/NetworkInterfaces/0/NetworkInterfaceId";
        self.make("running_interface", "DescribeNetworkInterfaces", shown.clone(), interface);
        let attachment = "/NetworkInterfaces/0/Attachment/AttachmentId";
        self.make("running_attachment", "DescribeNetworkInterfaces", shown, attachment);
    }

    fn observe(&mut self, name: &str, state: ObservedState) {
        let status = InstanceStatus {
            id: self.names[name].clone(),
            run: 1,
            state,
            exit_code: 0,
            signal: 0,
            reason: String::new(),
            started_at_ms: 5_000,
        };
        let input = ObserveInstancesInput {
            node: "n1".into(),
            boot_id: "boot".into(),
            full: false,
            statuses: vec![status],
            strain: None,
        };
        self.world
            .as_account(SYSTEM_ACCOUNT, |world| world.change(|cx| ObserveInstances::run(&input, cx)))
            .unwrap();
    }

    /// A request at the AWS door.
    pub(super) fn call(
        &mut self,
        account: Option<&str>,
        action: &str,
        input: Value,
    ) -> Result<Value, ServiceError> {
        match account {
            Some(account) => self.world.as_account(account, |world| world.call(action, input)),
            None => self.world.call(action, input),
        }
    }

    /// An action of the command line's.
    pub(super) fn own(&mut self, action: &str, input: Value) -> Result<(), ServiceError> {
        match action {
            "RegisterPulledImage" => {
                let input: RegisterPulledImageInput = serde_json::from_value(input).unwrap();
                self.world.change(|cx| RegisterPulledImage::run(&input, cx)).map(drop)
            }
            "ImportImage" => {
                let input: ImportImageInput = serde_json::from_value(input).unwrap();
                self.world.change(|cx| ImportImage::run(&input, cx)).map(drop)
            }
            other => panic!("{other} is no action of the house"),
        }
    }

    /// A manifest.
    pub(super) fn apply(&mut self, text: &str) -> Result<(), ServiceError> {
        let text = self.filled(&json!(text));
        self.world.apply(text.as_str().unwrap()).map(drop)
    }

    /// A request with ids in the place of names. `{"$repeat": item, "$times": n}` is a list of the item n times, with its
    /// number in the place of `{n}`.
    pub(super) fn filled(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => {
                let filled = self
                    .names
                    .iter()
                    .fold(text.clone(), |text, (name, id)| text.replace(&format!("{{{name}}}"), id));
                Value::String(filled)
            }
            Value::Array(items) => items.iter().map(|item| self.filled(item)).collect(),
            Value::Object(members) => match (members.get("$repeat"), members.get("$times")) {
                (Some(item), Some(times)) => {
                    let item = self.filled(item).to_string();
                    let numbered = |number| {
                        let item = item.replace("{n:012}", &format!("{number:012}"));
                        serde_json::from_str(&item.replace("{n}", &format!("{number}"))).unwrap()
                    };
                    (0..times.as_u64().unwrap()).map(numbered).collect::<Vec<Value>>().into()
                }
                _ => members.iter().map(|(name, value)| (name.clone(), self.filled(value))).collect(),
            },
            other => other.clone(),
        }
    }

    /// A message with names in the place of ids.
    pub(super) fn named(&self, message: &str) -> String {
        let named = |text: String, (name, id): (&String, &String)| text.replace(id, &format!("{{{name}}}"));
        self.names.iter().fold(message.to_owned(), named)
    }
}
