//! A region to try things in, entered through the wire as clients do: requests are encoded, checked against
//! AWS's model, decoded, run, and their answers encoded, so that a member AWS does not have fails every test
//! that meets it.

use crate::SERVICE;
use crate::network_interface::{Attach, NewInterface, attach, create};
use controlplane_services_kernel::context::SYSTEM_ACCOUNT;
use controlplane_services_kernel::manifest::{self, Applied, apply};
use controlplane_services_kernel::operation::Answer;
use controlplane_services_kernel::service::Action;
use controlplane_services_kernel::{
    Caller, Context, KindEntry, Operation, Reader, Service, ServiceError, View, WireRequest,
};
use controlplane_services_native::region::{DeclareRegion, DeclareRegionInput};
use controlplane_types::Timestamp;
use controlplane_wire::{Call, WireError, client, model};
use serde_json::{Value, json};

/// The account of the tests.
pub(crate) const ACCOUNT: &str = "123456789012";
/// Their home region.
const REGION: &str = "us-east-1";

fn caller(account: &str, region: &str) -> Caller {
    Caller {
        account: account.into(),
        region: region.into(),
        principal: format!("arn:aws:iam::{account}:root"),
        access_key_id: "AK".into(),
        request_id: "r-1".into(),
        client: None,
    }
}

/// A region with two zones, fourteen public addresses and nothing in it.
pub(crate) fn context() -> Context {
    const APPLIED: &[KindEntry] = &[KindEntry::internal::<Applied>()];
    let kinds = SERVICE.kinds.iter().chain(controlplane_services_native::SERVICE.kinds);
    let kinds = kinds.chain(controlplane_services_iam::SERVICE.kinds).chain(APPLIED);
    let mut system = Context::new(
        View::new(kinds),
        caller(SYSTEM_ACCOUNT, REGION),
        Timestamp::from_millis(1_000),
        [1; 32],
    );
    let input = DeclareRegionInput {
        name: "us-east-1".into(),
        zones: vec!["us-east-1a".into(), "us-east-1b".into()],
        public_addresses: "198.18.0.0/28".parse().unwrap(),
        accounts: vec![ACCOUNT.into()],
        is_further: false,
    };
    DeclareRegion::run(&input, &mut system).unwrap();
    Context::new(system.view.clone(), caller(ACCOUNT, REGION), Timestamp::from_millis(2_000), [7; 32])
}

/// A region that remembers what succeeded and forgets what failed.
#[derive(Clone)]
pub(crate) struct World {
    view: View,
    account: String,
    region: String,
    calls: u64,
}

impl World {
    /// Nothing in it.
    pub(crate) fn empty() -> Self {
        Self {
            view: context().view.clone(),
            account: ACCOUNT.to_owned(),
            region: REGION.to_owned(),
            calls: 0,
        }
    }

    /// With the default VPC of a first start.
    pub(crate) fn new() -> Self {
        let mut world = Self::empty();
        world.change(|cx| crate::vpc::default::create(cx).map(|_| ())).unwrap();
        world
    }

    /// The same cluster with another region, its first zone, and the account's default VPC there.
    pub(crate) fn with_region(mut self, name: &str) -> Self {
        let input = DeclareRegionInput {
            name: name.into(),
            zones: vec![format!("{name}a")],
            public_addresses: "198.18.0.0/28".parse().unwrap(),
            accounts: vec![ACCOUNT.into()],
            is_further: true,
        };
        self.in_region(name, |world| {
            world.as_account(SYSTEM_ACCOUNT, |world| {
                world.change(|cx| DeclareRegion::run(&input, cx).map(|_| ())).unwrap();
            });
            world.change(|cx| crate::vpc::default::create(cx).map(|_| ())).unwrap();
        });
        self
    }

    /// The same cluster as requests signed for another region meet it.
    pub(crate) fn in_region<T>(&mut self, region: &str, act: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.region, region.to_owned());
        let result = act(self);
        self.region = before;
        result
    }

    /// The same region for another account.
    pub(crate) fn as_account<T>(&mut self, account: &str, act: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.account, account.to_owned());
        let result = act(self);
        self.account = before;
        result
    }

    fn context(&mut self) -> Context {
        self.calls += 1;
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.calls.to_le_bytes());
        let now = Timestamp::from_millis(2_000 + self.calls);
        Context::new(self.view.clone(), caller(&self.account, &self.region), now, seed)
    }

    pub(crate) fn reader(&mut self) -> Reader {
        Reader::clone(&self.context())
    }

    /// Changes records, or nothing when it fails.
    pub(crate) fn change<T>(
        &mut self,
        act: impl FnOnce(&mut Context) -> Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        let mut cx = self.context();
        let result = act(&mut cx)?;
        self.view.apply(self.calls, &cx.into_changes());
        Ok(result)
    }

    /// Sends a request.
    pub(crate) fn call(&mut self, action: &str, input: Value) -> Result<Value, ServiceError> {
        let service = model::by_signing_name("ec2").unwrap();
        let operation = service.operation(action).unwrap();
        let (parts, body) = client::request(service, operation, &present(input)).unwrap().into_parts();
        let call = Call { service, operation };
        let request = WireRequest { call: &call, parts: &parts, body: &body };
        let entry = SERVICE.operations.iter().find(|entry| entry.name == action).expect(action);
        let answer = match entry.action {
            Action::Write(decode) => {
                let bound = decode(&request).map_err(refused)?;
                self.change(|cx| bound.run(cx))?
            }
            Action::Read(decode) => decode(&request).map_err(refused)?.run(&self.reader())?,
        };
        Ok(shown(&call, &answer))
    }

    /// A request that succeeds.
    #[track_caller]
    pub(crate) fn ok(&mut self, action: &str, input: Value) -> Value {
        self.call(action, input).unwrap_or_else(|error| panic!("{action}: {error}"))
    }

    /// The code of a request that fails and so changes nothing.
    #[track_caller]
    pub(crate) fn fails(&mut self, action: &str, input: Value) -> String {
        match self.call(action, input) {
            Ok(answer) => panic!("{action} succeeded: {answer}"),
            Err(error) => error.code.into_owned(),
        }
    }

    /// Requests that fail, each with its code.
    #[track_caller]
    pub(crate) fn refuses<const N: usize>(&mut self, action: &str, cases: [(Value, &str); N]) {
        for (input, code) in cases {
            assert_eq!(self.fails(action, input.clone()), code, "{action} {input}");
        }
    }

    /// Applies manifests.
    pub(crate) fn apply(&mut self, text: &str) -> Result<Vec<apply::AppliedDocument>, ServiceError> {
        const SERVICES: &[&Service] = &[&SERVICE];
        self.change(|cx| {
            apply::apply(SERVICES, manifest::parse(text)?, "default", &cx.caller.region.clone(), cx)
        })
    }

    /// How many records of every kind there are.
    pub(crate) fn size(&self) -> usize {
        SERVICE.kinds.iter().map(|kind| self.view.untyped(kind.name).count()).sum()
    }

    /// A VPC and its id.
    pub(crate) fn vpc(&mut self, cidr: &str) -> String {
        id(&self.ok("CreateVpc", json!({"CidrBlock": cidr}))["Vpc"]["VpcId"])
    }

    /// A subnet in us-east-1a and its id.
    pub(crate) fn subnet(&mut self, vpc_id: &str, cidr: &str) -> String {
        let input = json!({"VpcId": vpc_id, "CidrBlock": cidr, "AvailabilityZone": "us-east-1a"});
        id(&self.ok("CreateSubnet", input)["Subnet"]["SubnetId"])
    }

    /// A group and its id.
    pub(crate) fn group(&mut self, vpc_id: &str, name: &str) -> String {
        let input = json!({"VpcId": vpc_id, "GroupName": name, "Description": "a group"});
        id(&self.ok("CreateSecurityGroup", input)["GroupId"])
    }

    /// An attached internet gateway and its id.
    pub(crate) fn gateway(&mut self, vpc_id: &str) -> String {
        let gateway =
            id(&self.ok("CreateInternetGateway", json!({}))["InternetGateway"]["InternetGatewayId"]);
        self.ok("AttachInternetGateway", json!({"InternetGatewayId": gateway, "VpcId": vpc_id}));
        gateway
    }

    /// An interface and its id.
    pub(crate) fn interface(&mut self, subnet_id: &str) -> String {
        let output = self.ok("CreateNetworkInterface", json!({"SubnetId": subnet_id}));
        id(&output["NetworkInterface"]["NetworkInterfaceId"])
    }
}

fn refused(error: WireError) -> ServiceError {
    let service = model::by_signing_name("ec2");
    let reply = error.reply(service);
    ServiceError::new(reply.code, reply.status, reply.message)
}

/// A request without the members that are null.
fn present(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, present(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(present).collect(),
        other => other,
    }
}

/// An answer as JSON, after the wire took it.
fn shown(call: &Call, answer: &Answer) -> Value {
    controlplane_wire::encode(call.service, call.operation, answer, "r-1").unwrap();
    serde_json::to_value(answer).unwrap()
}

/// The text of a JSON string.
pub(crate) fn id(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no id")).to_owned()
}

/// The texts at `field` of every item of a list.
pub(crate) fn each(list: &Value, field: &str) -> Vec<String> {
    list.as_array().unwrap().iter().map(|item| id(&item[field])).collect()
}

#[test]
fn every_input_has_only_members_of_aws() {
    let service = model::by_signing_name("ec2").unwrap();
    for entry in SERVICE.operations {
        let operation =
            service.operation(entry.name).unwrap_or_else(|| panic!("{}: not in the model", entry.name));
        let (parts, body) = client::complete_request(service, operation).unwrap().into_parts();
        let call = Call { service, operation };
        let request = WireRequest { call: &call, parts: &parts, body: &body };
        let error = match entry.action {
            Action::Write(decode) => decode(&request).err(),
            Action::Read(decode) => decode(&request).err(),
        };
        assert!(!matches!(error, Some(WireError::Internal(_))), "{}: {error:?}", entry.name);
    }
}

#[test]
fn a_dry_run_checks_everything_and_changes_nothing() {
    let mut world = World::new();
    let before = world.size();
    for (action, input, code) in [
        ("CreateVpc", json!({"CidrBlock": "10.0.0.0/16", "DryRun": true}), "DryRunOperation"),
        ("CreateVpc", json!({"CidrBlock": "10.0.0.0/8", "DryRun": true}), "InvalidVpc.Range"),
        ("DescribeVpcs", json!({"DryRun": true}), "DryRunOperation"),
        ("DescribeVpcs", json!({"DryRun": true, "VpcIds": ["vpc-1"]}), "InvalidVpcID.NotFound"),
    ] {
        assert_eq!(world.fails(action, input), code, "{action}");
    }
    assert_eq!(world.size(), before);
}

/// The default VPC, and one with everything networks can have.
fn rich() -> World {
    let mut world = World::new();
    let vpc = world.ok("CreateVpc", json!({"CidrBlock": "10.0.0.0/16", "AmazonProvidedIpv6CidrBlock": true}))
        ["Vpc"]
        .clone();
    let ipv6 = id(&vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"]).replace("/56", "/64");
    let vpc = id(&vpc["VpcId"]);
    let gateway = world.gateway(&vpc);
    let subnet =
        world.ok("CreateSubnet", json!({"VpcId": vpc, "CidrBlock": "10.0.0.0/24", "Ipv6CidrBlock": ipv6}));
    let subnet = id(&subnet["Subnet"]["SubnetId"]);
    let table = id(&world.ok("CreateRouteTable", json!({"VpcId": vpc}))["RouteTable"]["RouteTableId"]);
    world.ok("AssociateRouteTable", json!({"RouteTableId": table, "SubnetId": subnet}));
    let group = world.group(&vpc, "web");
    let permission = json!({
        "IpProtocol": "tcp", "FromPort": 1, "ToPort": 2, "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "d"}],
        "Ipv6Ranges": [{"CidrIpv6": "::/0"}], "UserIdGroupPairs": [{"GroupId": group}],
    });
    world.ok("AuthorizeSecurityGroupIngress", json!({"GroupId": group, "IpPermissions": [permission]}));
    let new = json!({"SubnetId": subnet, "Groups": [group], "Ipv6AddressCount": 1, "SecondaryPrivateIpAddressCount": 1});
    let interface = id(&world.ok("CreateNetworkInterface", new)["NetworkInterface"]["NetworkInterfaceId"]);
    let route = |destination: &str, field: &str, target: &str| json!({"RouteTableId": table, "DestinationCidrBlock": destination, field: target});
    world.ok("CreateRoute", route("0.0.0.0/0", "GatewayId", &gateway));
    world.ok("CreateRoute", route("9.0.0.0/8", "NetworkInterfaceId", &interface));
    let to = Attach { instance_id: "i-1".into(), device_index: 0, delete_on_termination: true };
    world.change(|cx| attach(cx, &interface, to)).unwrap();
    let new = NewInterface { subnet_id: subnet.clone(), public_address: true, ..NewInterface::default() };
    world.change(|cx| create(cx, new)).unwrap();
    world.ok(
        "CreateTags",
        json!({"Resources": [vpc, subnet, table, group], "Tags": [{"Key": "Name", "Value": "rich"}]}),
    );
    world
}

/// Every record with its key, as text.
fn everything(view: &View) -> Vec<String> {
    let all = SERVICE.kinds.iter().flat_map(|kind| view.untyped(kind.name));
    all.map(|(key, record)| format!("{key} {record:?}")).collect()
}

#[test]
fn every_record_survives_its_bytes() {
    let world = rich();
    for kind in SERVICE.kinds {
        for (key, record) in world.view.untyped(kind.name) {
            let again = (kind.decode)(&record.encode()).unwrap();
            assert_eq!(format!("{again:?}"), format!("{record:?}"), "{key}");
        }
    }
}

#[test]
fn what_is_shown_can_be_applied() {
    let mut world = rich();
    let before = everything(&world.view);
    let reader = world.reader();
    for kind in SERVICE.kinds {
        let Some(table) = &kind.table else { continue };
        for (key, record) in reader.view.untyped(kind.name) {
            let row = (table.row)(record, key.id(), &reader).unwrap();
            assert_eq!(row.cells.len(), (table.columns)().len(), "{key}");
            if let Some(declarative) = &kind.declarative {
                let update = |cx: &mut Context| (declarative.update)(key.id(), &row.spec, &row.spec, cx);
                world.change(update).unwrap_or_else(|error| panic!("{key}: {error}: {}", row.spec));
            }
        }
    }
    assert_eq!(everything(&world.view), before);
}
