//! A region with nodes, run by hand: operations, reports and controllers, one log entry after the other.

mod controllers;
mod demands;
mod describe;
mod eviction;
mod launching;
mod manifests;
mod observing;
mod power;
mod shown;
mod wire;

use super::run_instances::{RunInstances, RunInstancesInput};
use super::*;
use crate::image::{BUILTIN_WEB_ID, ProvideBuiltinImages, ProvideBuiltinImagesInput};
use crate::instance_profile::ProfileAssociation;
use controlplane_services_kernel::{
    Caller, Context, Controller, Operation, Plan, ServiceError, View, record,
};
use controlplane_services_native::Region;
use controlplane_services_native::node::SetNodeConditionInput;
use controlplane_services_native::node::{Capacity, RegisterNode, RegisterNodeInput, SetNodeCondition};
use controlplane_types::Timestamp;
use std::time::Duration;

/// A record in the middle of its life.
pub(crate) fn running() -> Instance {
    Instance {
        reservation_id: "r-1".into(),
        launch_index: 0,
        launched_at: Timestamp::from_millis(1_000),
        client_token: None,
        image_id: BUILTIN_WEB_ID.into(),
        instance_type: "t3.micro".into(),
        key_name: None,
        public_key: None,
        vpc_id: "vpc-1".into(),
        subnet_id: "subnet-1".into(),
        zone: "us-east-1a".into(),
        zone_id: "use1-az1".into(),
        interfaces: vec![],
        user_data: Some(vec![1, 2, 3].into()),
        metadata_options: MetadataOptions::default(),
        shutdown_behavior: ShutdownBehavior::Stop,
        disable_api_termination: false,
        group: Some("web".into()),
        run: 1,
        node: Some("n1".into()),
        state: State::Running,
        state_since: Timestamp::from_millis(2_000),
        transition_reason: String::new(),
        state_reason: None,
        started_at: Some(Timestamp::from_millis(2_000)),
        exit: Some(Exit { code: 0, signal: 9 }),
        disable_api_stop: true,
        force_stop: false,
        image_owner: Some("210987654321".into()),
        profile: Some(ProfileAssociation {
            association_id: "iip-assoc-1".into(),
            arn: "arn:aws:iam::123456789012:instance-profile/web".into(),
            id: "AIPA1".into(),
            since: Timestamp::from_millis(1_000),
        }),
    }
}

/// A region and the number of log entries it took so far.
struct World {
    view: View,
    now: Timestamp,
    entries: usize,
}

impl World {
    /// Two zones with a default VPC each, the built-in image, no nodes.
    fn new() -> Self {
        let cx = crate::tests::context();
        let mut world = Self { view: cx.view.clone(), now: cx.now, entries: 0 };
        world.system(|cx| ProvideBuiltinImages::run(&ProvideBuiltinImagesInput {}, cx)).unwrap();
        world.account(crate::vpc::default::create).unwrap();
        world.entries = 0;
        world
    }

    /// The same with a node in each zone.
    fn with_nodes() -> Self {
        let mut world = Self::new();
        world.node("n1", "us-east-1a", 4, 8192);
        world.node("n2", "us-east-1b", 4, 8192);
        world.entries = 0;
        world
    }

    fn act<T>(&mut self, caller: Caller, act: impl FnOnce(&mut Context) -> T) -> T {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.view.revision().to_be_bytes());
        let mut cx = Context::new(self.view.clone(), caller, self.now, seed);
        let result = act(&mut cx);
        let changes = cx.into_changes();
        if !changes.is_empty() {
            self.view.apply(self.view.revision() + 1, &changes);
            self.entries += 1;
        }
        result
    }

    fn account<T>(&mut self, act: impl FnOnce(&mut Context) -> T) -> T {
        self.act(Caller::controller(crate::tests::ACCOUNT.into(), "us-east-1".into(), "test"), act)
    }

    fn system<T>(&mut self, act: impl FnOnce(&mut Context) -> T) -> T {
        self.act(Caller::system("us-east-1".into()), act)
    }

    fn node(&mut self, name: &str, zone: &str, vcpus: u32, memory_mib: u64) {
        let input = RegisterNodeInput {
            node: name.into(),
            boot_id: "boot".into(),
            agent_version: "0.1.0".into(),
            labels: [("zone".to_owned(), zone.to_owned()), ("rack".to_owned(), format!("rack-of-{name}"))]
                .into(),
            capacity: Capacity { vcpus, memory_mib, disk_mib: 10_000, allocatable: None },
            underlay_address: "127.0.0.1".into(),
            taints: Vec::new(),
        };
        self.system(|cx| RegisterNode::run(&input, cx)).unwrap();
    }

    fn node_goes_away(&mut self, name: &str) {
        let input = SetNodeConditionInput { node: name.into(), not_ready: Some("silence".into()) };
        self.system(|cx| SetNodeCondition::run(&input, cx)).unwrap();
    }

    fn run(&mut self, input: &RunInstancesInput) -> Result<Vec<String>, ServiceError> {
        let mut input_ids = Vec::new();
        self.account(|cx| {
            let mut scratch = Context::new(cx.view.clone(), cx.caller.clone(), cx.now, [9; 32]);
            RunInstances::run(input, &mut scratch)?;
            let reservation = RunInstances::run(input, cx)?;
            input_ids.extend(reservation.instances.into_iter().map(|instance| instance.instance_id));
            Ok::<_, ServiceError>(())
        })?;
        Ok(input_ids)
    }

    /// One instance of the built-in image in a zone.
    fn run_one(&mut self, zone: &str) -> String {
        let placement =
            Some(crate::launch_template::PlacementSpecification { availability_zone: Some(zone.into()) });
        self.run(&RunInstancesInput { placement, ..web(1) }).unwrap().remove(0)
    }

    /// Runs both controllers until they want nothing more.
    fn settle(&mut self) {
        for _ in 0..100 {
            let key = Region::key(&"us-east-1".into());
            let plans: [Plan; 2] =
                [Placement::plan(&self.view, &key, self.now), Lifecycle::plan(&self.view, &key, self.now)];
            let intents: Vec<_> = plans.into_iter().flat_map(|plan| plan.intents).collect();
            if intents.is_empty() {
                return;
            }
            for intent in intents {
                self.act(intent.caller, |cx| intent.operation.run(cx).map(|_| ())).unwrap();
            }
        }
        panic!("the controllers never settle");
    }

    fn report(&mut self, node: &str, id: &str, state: ObservedState) {
        self.report_as(node, status(id, 1, state), "boot", false);
    }

    fn report_as(&mut self, node: &str, status: InstanceStatus, boot_id: &str, full: bool) {
        let statuses = vec![status];
        let input = ObserveInstancesInput {
            node: node.into(),
            boot_id: boot_id.into(),
            full,
            statuses,
            strain: None,
        };
        self.system(|cx| ObserveInstances::run(&input, cx)).unwrap();
    }

    fn terminate(&mut self, id: &str) {
        self.account(|cx| terminate(id, cx)).unwrap();
    }

    fn pass(&mut self, seconds: u64) {
        self.now = self.now + Duration::from_secs(seconds);
    }

    fn instance(&self, id: &str) -> Option<&Instance> {
        self.view.all::<Instance>().find(|instance| instance.key.id() == id).map(|instance| instance.record)
    }

    fn state(&self, id: &str) -> Option<State> {
        self.instance(id).map(|instance| instance.state)
    }

    /// A running instance, with its node.
    fn run_to_running(&mut self) -> String {
        let id = self.run_one("us-east-1a");
        self.settle();
        self.report("n1", &id, ObservedState::Running);
        id
    }
}

fn status(id: &str, run: u64, state: ObservedState) -> InstanceStatus {
    InstanceStatus {
        id: id.into(),
        run,
        state,
        exit_code: 0,
        signal: 9,
        reason: String::new(),
        started_at_ms: 5_000,
    }
}

/// So many small instances of the built-in image, all or none.
fn web(count: i32) -> RunInstancesInput {
    RunInstancesInput {
        image_id: Some(BUILTIN_WEB_ID.into()),
        instance_type: Some("t3.micro".into()),
        min_count: count,
        max_count: count,
        ..Default::default()
    }
}

#[test]
fn a_record_survives_encoding() {
    let instance = running();
    assert_eq!(record::decode::<Instance>(&record::encode(&instance)).unwrap(), instance);
}

#[test]
fn states_have_the_names_and_numbers_of_aws() {
    let shown: Vec<(u32, &str)> = State::ALL.iter().map(|state| (state.code(), state.as_str())).collect();
    let expected = [
        (0, "pending"),
        (16, "running"),
        (32, "shutting-down"),
        (48, "terminated"),
        (64, "stopping"),
        (80, "stopped"),
    ];
    assert_eq!(shown, expected);
}

#[test]
fn legal_moves() {
    // Rows: from; columns: to; both in the order of State::ALL.
    let table = [
        (State::Pending, ". x x x . x"),
        (State::Running, ". . x x x x"),
        (State::ShuttingDown, ". . . x . ."),
        (State::Terminated, ". . . . . ."),
        (State::Stopping, ". . x x . x"),
        (State::Stopped, "x . x x . ."),
    ];
    for (from, row) in table {
        let found: Vec<&str> =
            State::ALL.iter().map(|to| if from.may_become(*to) { "x" } else { "." }).collect();
        assert_eq!(found.join(" "), row, "{from:?}");
    }
}

#[test]
fn an_instance_costs_the_log_four_entries_in_its_life() {
    let mut world = World::with_nodes();
    let id = world.run_to_running();
    assert_eq!(world.entries, 2, "run with its place, running");
    for _ in 0..10 {
        world.report("n1", &id, ObservedState::Running);
        world.settle();
    }
    assert_eq!(world.entries, 2, "nothing new is not written");
    world.terminate(&id);
    world.report("n1", &id, ObservedState::Gone);
    world.settle();
    assert_eq!((world.entries, world.state(&id)), (4, Some(State::Terminated)));
}
