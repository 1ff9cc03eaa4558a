//! A region with nodes and groups, run by hand: requests through the wire as clients send them, the services'
//! controllers, and agents that report.

use crate::auto_scaling_group::AutoScalingGroup;
use crate::auto_scaling_group::ops::scale_group::{ScaleGroup, ScaleGroupInput};
use crate::{SERVICE, activity};
use controlplane_services_ec2::image::{BUILTIN_WEB_ID, ProvideBuiltinImages, ProvideBuiltinImagesInput};
use controlplane_services_ec2::instance::{
    Instance, InstanceStatus, ObserveInstances, ObserveInstancesInput, ObservedState, State,
};
use controlplane_services_ec2::subnet;
use controlplane_services_kernel::context::SYSTEM_ACCOUNT;
use controlplane_services_kernel::manifest::{self, Applied};
use controlplane_services_kernel::{
    Caller, Context, KindEntry, Operation, Reader, Record, Service, ServiceError, View, rehearsal,
};
use controlplane_services_native::node::{
    Capacity, RegisterNode, RegisterNodeInput, Scheduling, SetNodeCondition, SetNodeConditionInput,
    SetNodeScheduling, SetNodeSchedulingInput, TaintNode, TaintNodeInput,
};
use controlplane_services_native::region::{DeclareRegion, DeclareRegionInput};
use controlplane_services_route53::RecordSet;
use controlplane_types::{Key, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

const ACCOUNT: &str = "123456789012";
const REGION: &str = "us-east-1";
const EC2: &Service = &controlplane_services_ec2::SERVICE;
const ROUTE53: &Service = &controlplane_services_route53::SERVICE;
const NATIVE: &Service = &controlplane_services_native::SERVICE;
const SERVICES: &[&Service] = &[NATIVE, EC2, ROUTE53, &SERVICE];

/// A region and the number of log entries it took so far.
pub(crate) struct World {
    pub(crate) view: View,
    pub(crate) now: Timestamp,
    pub(crate) entries: usize,
}

impl World {
    /// Zones a and b with a default VPC, a launch template `web`, no nodes.
    pub(crate) fn new() -> Self {
        const APPLIED: &[KindEntry] = &[KindEntry::internal::<Applied>()];
        let kinds = SERVICES.iter().flat_map(|service| service.kinds).chain(APPLIED);
        let mut world =
            Self { view: View::new(kinds), now: Timestamp::from_millis(1_700_000_000_000), entries: 0 };
        let region = DeclareRegionInput {
            name: REGION.into(),
            zones: vec!["us-east-1a".into(), "us-east-1b".into()],
            public_addresses: "198.18.0.0/24".parse().unwrap(),
            accounts: vec![ACCOUNT.into()],
            is_further: false,
        };
        world.system(|cx| DeclareRegion::run(&region, cx).map(|_| ()));
        world.system(|cx| ProvideBuiltinImages::run(&ProvideBuiltinImagesInput {}, cx).map(|_| ()));
        world.change(|cx| controlplane_services_ec2::vpc::default::create(cx).map(|_| ())).unwrap();
        world.template("web", json!({}));
        world
    }

    /// The same with a big node in each zone.
    pub(crate) fn with_nodes() -> Self {
        let mut world = Self::new();
        world.node("a1", "us-east-1a");
        world.node("b1", "us-east-1b");
        world
    }

    /// The same with a group `web` of `desired` running instances.
    pub(crate) fn with_group(desired: u32) -> Self {
        let mut world = Self::with_nodes();
        world.create("web", json!({"DesiredCapacity": desired}));
        world.run();
        world
    }

    fn act<T>(
        &mut self,
        caller: Caller,
        act: impl FnOnce(&mut Context) -> Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.view.revision().to_be_bytes());
        let mut cx = Context::new(self.view.clone(), caller, self.now, seed);
        let result = act(&mut cx)?;
        let changes = cx.into_changes();
        if !changes.is_empty() {
            self.view.apply(self.view.revision() + 1, &changes);
            self.entries += 1;
        }
        Ok(result)
    }

    /// Changes the account's records, or nothing when it fails.
    pub(crate) fn change<T>(
        &mut self,
        act: impl FnOnce(&mut Context) -> Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        self.act(Caller::controller(ACCOUNT.into(), REGION.into(), "test"), act)
    }

    fn system(&mut self, act: impl FnOnce(&mut Context) -> Result<(), ServiceError>) {
        self.act(Caller::system(REGION.into()), act).unwrap();
    }

    pub(crate) fn reader(&self) -> Reader {
        Reader::new(self.view.clone(), Caller::controller(ACCOUNT.into(), REGION.into(), "test"), self.now)
    }

    pub(crate) fn pass(&mut self, seconds: u64) {
        self.now = self.now + Duration::from_secs(seconds);
    }

    /// A request to any of the services.
    pub(crate) fn call(&mut self, action: &str, input: Value) -> Result<Value, ServiceError> {
        let serves = |service: &&&Service| service.operations.iter().any(|entry| entry.name == action);
        let service = SERVICES.iter().find(serves).expect(action);
        self.change(|cx| rehearsal::call(service, action, &input, cx))
    }

    #[track_caller]
    pub(crate) fn ok(&mut self, action: &str, input: Value) -> Value {
        self.call(action, input).unwrap_or_else(|error| panic!("{action}: {error}"))
    }

    /// Code and message of a request that fails and so changes nothing.
    #[track_caller]
    pub(crate) fn fails(&mut self, action: &str, input: Value) -> String {
        let before = self.entries;
        match self.call(action, input.clone()) {
            Ok(answer) => panic!("{action} {input} succeeded: {answer}"),
            Err(error) => {
                assert_eq!(self.entries, before);
                error.to_string()
            }
        }
    }

    /// Applies manifests.
    pub(crate) fn apply(&mut self, text: &str) -> Result<(), ServiceError> {
        self.change(|cx| {
            manifest::apply::apply(SERVICES, manifest::parse(text)?, "default", &cx.caller.region.clone(), cx)
                .map(|_| ())
        })
    }

    /// A launch template of the built-in image, with more or other data.
    pub(crate) fn template(&mut self, name: &str, more: Value) {
        let mut data = json!({"ImageId": BUILTIN_WEB_ID, "InstanceType": "t3.nano"});
        join(&mut data, more);
        self.ok("CreateLaunchTemplate", json!({"LaunchTemplateName": name, "LaunchTemplateData": data}));
    }

    /// A group of the template `web` over both zones: minimum 0, maximum 10.
    #[track_caller]
    pub(crate) fn create(&mut self, name: &str, more: Value) {
        let input = self.new_group(name, more);
        self.ok("CreateAutoScalingGroup", input);
    }

    /// What [`Self::create`] sends.
    pub(crate) fn new_group(&self, name: &str, more: Value) -> Value {
        let mut input = json!({
            "AutoScalingGroupName": name, "MinSize": 0, "MaxSize": 10,
            "LaunchTemplate": {"LaunchTemplateName": "web"},
            "VPCZoneIdentifier": format!("{},{}", self.subnet("us-east-1a"), self.subnet("us-east-1b")),
        });
        join(&mut input, more);
        input
    }

    /// The default subnet of a zone.
    pub(crate) fn subnet(&self, zone: &str) -> String {
        subnet::default_in(zone, &self.reader()).unwrap().key.id().to_owned()
    }

    /// A subnet of the default VPC with room for `hosts` instances (3, 11).
    pub(crate) fn small_subnet(&mut self, zone: &str, cidr: &str) -> String {
        let vpc = controlplane_services_ec2::vpc::default_of(&self.reader()).unwrap();
        let input = json!({"VpcId": vpc, "CidrBlock": cidr, "AvailabilityZone": zone});
        text(&self.ok("CreateSubnet", input)["Subnet"]["SubnetId"])
    }

    pub(crate) fn node(&mut self, name: &str, zone: &str) {
        let input = RegisterNodeInput {
            node: name.into(),
            boot_id: "boot".into(),
            agent_version: "0.1.0".into(),
            labels: [("zone".to_owned(), zone.to_owned())].into(),
            capacity: Capacity { vcpus: 32, memory_mib: 65_536, disk_mib: 1_000_000, allocatable: None },
            underlay_address: "127.0.0.1".into(),
            taints: Vec::new(),
        };
        self.system(|cx| RegisterNode::run(&input, cx).map(|_| ()));
    }

    pub(crate) fn node_goes_away(&mut self, name: &str) {
        let input = SetNodeConditionInput { node: name.into(), not_ready: Some("silence".into()) };
        self.system(|cx| SetNodeCondition::run(&input, cx));
    }

    pub(crate) fn schedule(&mut self, node: &str, scheduling: Scheduling) {
        let input = SetNodeSchedulingInput { node: node.into(), scheduling };
        self.system(|cx| SetNodeScheduling::run(&input, cx));
    }

    pub(crate) fn taint(&mut self, node: &str, taint: &str) {
        let input =
            TaintNodeInput { node: node.into(), set: vec![taint.into()], remove: vec![], overwrite: false };
        self.system(|cx| TaintNode::run(&input, cx).map(drop));
    }

    /// Plans every key of every controller once; answers whether anything was to be done.
    pub(crate) fn round(&mut self) -> bool {
        let controllers = SERVICES.iter().flat_map(|service| service.controllers);
        let keys =
            controllers.flat_map(|entry| (entry.sweep)(&self.view).into_iter().map(move |key| (entry, key)));
        let plans: Vec<_> = keys.map(|(entry, key)| (entry.plan)(&self.view, &key, self.now)).collect();
        let intents: Vec<_> = plans.into_iter().flat_map(|plan| plan.intents).collect();
        let any = !intents.is_empty();
        for intent in intents {
            // What fails is tried again in the next round.
            let _ = self.act(intent.caller, |cx| intent.operation.run(cx).map(|_| ()));
        }
        any
    }

    /// What the controller of groups does next, and nothing else.
    pub(crate) fn scale(&mut self, name: &str) {
        let input = ScaleGroupInput { group: name.into() };
        self.change(|cx| ScaleGroup::run(&input, cx)).unwrap();
    }

    /// Lets the controllers work until they want nothing more.
    #[track_caller]
    pub(crate) fn settle(&mut self) {
        for _ in 0..50 {
            if !self.round() {
                return;
            }
        }
        panic!("the controllers never settle");
    }

    /// Agents say what they see: what is placed runs, what shuts down is gone. Silent nodes say nothing.
    pub(crate) fn report(&mut self) {
        let reader = self.reader();
        let mut statuses: BTreeMap<String, Vec<InstanceStatus>> = BTreeMap::new();
        for instance in reader.list::<Instance>() {
            let state = match instance.state {
                State::Pending => ObservedState::Running,
                State::ShuttingDown => ObservedState::Gone,
                _ => continue,
            };
            if let Some(node) = instance.node.clone().filter(|node| self.is_ready(node)) {
                statuses.entry(node).or_default().push(status(instance.key.id(), state, self.now));
            }
        }
        for (node, statuses) in statuses {
            self.observe(&node, statuses);
        }
    }

    fn is_ready(&self, node: &str) -> bool {
        let key = controlplane_services_native::Node::key(&REGION.into(), node);
        self.view.get::<controlplane_services_native::Node>(&key).is_some_and(|node| node.is_ready())
    }

    fn observe(&mut self, node: &str, statuses: Vec<InstanceStatus>) {
        let input = ObserveInstancesInput {
            node: node.into(),
            boot_id: "boot".into(),
            statuses,
            ..ObserveInstancesInput::default()
        };
        self.system(|cx| ObserveInstances::run(&input, cx));
    }

    /// Controllers and agents, until nothing happens any more.
    #[track_caller]
    pub(crate) fn run(&mut self) {
        for _ in 0..10 {
            let before = self.entries;
            self.settle();
            self.report();
            if self.entries == before {
                return;
            }
        }
        panic!("the region never comes to rest");
    }

    /// The first process of an instance ends.
    pub(crate) fn exits(&mut self, id: &str) {
        let node = self.instance(id).node.clone().unwrap();
        self.observe(&node, vec![status(id, ObservedState::Exited, self.now)]);
    }

    pub(crate) fn instance(&self, id: &str) -> &Instance {
        let key =
            Key::new(&ACCOUNT.into(), &controlplane_types::Scope::Region(REGION.into()), Instance::KIND, id);
        self.view.get(&key).unwrap()
    }

    pub(crate) fn record(&self, name: &str) -> AutoScalingGroup {
        self.reader().get::<AutoScalingGroup>(name).unwrap().clone()
    }

    /// The group as AWS shows it.
    pub(crate) fn group(&mut self, name: &str) -> Value {
        let answer = self.ok("DescribeAutoScalingGroups", json!({"AutoScalingGroupNames": [name]}));
        answer["AutoScalingGroups"][0].clone()
    }

    /// Instance ids of a group by what `field` says of them.
    pub(crate) fn members(&mut self, field: &str, value: &str) -> Vec<String> {
        let group = self.group("web");
        let members = group["Instances"].as_array().unwrap().iter().filter(|member| member[field] == value);
        members.map(|member| text(&member["InstanceId"])).collect()
    }

    /// Instances in service, in all zones.
    pub(crate) fn in_service(&mut self) -> Vec<String> {
        self.members("LifecycleState", "InService")
    }

    /// How many are in service in zone a and in zone b.
    pub(crate) fn balance(&mut self) -> (usize, usize) {
        let ids = self.in_service();
        let count = |zone: &str| ids.iter().filter(|id| self.instance(id).zone == zone).count();
        (count("us-east-1a"), count("us-east-1b"))
    }

    /// The group's activities as AWS shows them, newest first.
    pub(crate) fn activities(&mut self) -> Vec<Value> {
        let answer = self.ok("DescribeScalingActivities", json!({"AutoScalingGroupName": "web"}));
        answer["Activities"].as_array().unwrap().clone()
    }

    /// Record sets of type A of all zones.
    pub(crate) fn sets(&self) -> Vec<RecordSet> {
        let reader = self.reader();
        reader.list::<RecordSet>().filter(|set| set.kind == "A").map(|set| set.record.clone()).collect()
    }
}

fn status(id: &str, state: ObservedState, now: Timestamp) -> InstanceStatus {
    InstanceStatus {
        id: id.into(),
        run: 1,
        state,
        exit_code: 1,
        signal: 0,
        reason: String::new(),
        started_at_ms: now.as_millis(),
    }
}

/// Sets the members of `more` in `value`; null takes one away.
pub(crate) fn join(value: &mut Value, more: Value) {
    let members = value.as_object_mut().unwrap();
    members.extend(more.as_object().unwrap().clone());
    members.retain(|_, value| !value.is_null());
}

/// The text of a JSON string.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

#[test]
fn every_input_has_only_members_of_aws() {
    assert_eq!(rehearsal::foreign_members(&SERVICE), Vec::<String>::new());
}

#[test]
fn every_record_survives_its_bytes() {
    let mut world = World::with_group(2);
    let id = world.in_service().remove(0);
    world.ok("SetInstanceHealth", json!({"InstanceId": id, "HealthStatus": "Unhealthy"}));
    for kind in SERVICE.kinds {
        assert!(world.view.untyped(kind.name).next().is_some(), "no {}", kind.name);
        for (key, record) in world.view.untyped(kind.name) {
            let again = (kind.decode)(&record.encode()).unwrap();
            assert_eq!(format!("{again:?}"), format!("{record:?}"), "{key}");
        }
    }
}

#[test]
fn people_see_every_record() {
    let mut world = World::with_group(1);
    let id = world.in_service().remove(0);
    let reader = world.reader();
    for kind in SERVICE.kinds {
        let table = kind.table.as_ref().unwrap();
        for (key, record) in reader.view.untyped(kind.name) {
            let row = (table.row)(record, key.id(), &reader).unwrap();
            assert_eq!(row.cells.len(), (table.columns)().len(), "{key}");
        }
    }
    let group = reader.key::<AutoScalingGroup>("web");
    let row = (SERVICE.kinds[0].table.as_ref().unwrap().row)(
        reader.view.get_untyped(&group).unwrap(),
        "web",
        &reader,
    );
    let status = row.unwrap().status;
    assert_eq!((&status["stable"], &status["instances"][0]["instanceId"]), (&json!(true), &json!(id)));
    assert!(
        reader.list::<activity::Activity>().count() == 1 && reader.caller.account.as_str() != SYSTEM_ACCOUNT
    );
}
