//! The contract of [`Backend`], as cases every backend passes. A rule that a backend may break is not in the contract;
//! a rule the reconciler relies on is in here.
//!
//! Each case gets a fresh [`Machine`] and waits on conditions, in whatever time the machine's runtime has.

mod images;
mod instances;
mod measures;
mod networks;
mod streams;

pub(crate) use images::*;
pub(crate) use instances::*;
pub(crate) use measures::*;
pub(crate) use networks::*;
pub(crate) use streams::*;

use super::{
    AttachedInterface, Backend, ExecInput, ExecOutput, ExecRequest, InstanceState, NetworkState,
    ObservedInstance,
};
use controlplane_proto::agent as proto;
use controlplane_types::Runtime;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// Something that happens to a machine.
pub(crate) type Step<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// A machine under test.
pub(crate) trait Machine: Send {
    /// The backend of the agent that runs now.
    fn backend(&self) -> Arc<dyn Backend>;

    /// The time the machine lives in.
    fn runtime(&self) -> Arc<dyn Runtime>;

    /// An image of this backend whose first process runs until it is told to end, and prints something.
    fn image(&self) -> proto::Image;

    /// Kills the first process of an instance with SIGKILL, from outside.
    fn kill_process(&mut self, id: &str);

    /// The agent is replaced by another: a new backend on the same machine.
    fn replace_agent(&mut self) -> Step<'_>;

    /// The machine boots: no process, no namespace, no mount is left; the disk is. A new agent comes up.
    fn reboot(&mut self) -> Step<'_>;
}

/// Every case, once per backend: `cases!(run)` makes a test of each, where `run` takes the case.
macro_rules! cases {
    ($run:path) => {
        $crate::backend::battery::cases! { $run:
            a_fresh_machine_is_empty
            images_come_and_go
            adding_and_removing_twice_is_once
            an_unknown_builtin_image_is_permanent
            an_instance_starts_once
            starting_needs_the_image
            starting_needs_the_network
            a_killed_process_is_noticed
            a_stopped_instance_keeps_its_root
            the_next_run_starts_on_the_old_root
            removing_leaves_nothing
            unknown_instances_are_already_stopped_and_removed
            many_start_side_by_side
            a_new_agent_finds_everything
            a_boot_leaves_roots_and_nothing_else
            the_network_is_made_whole_twice
            bad_objects_do_not_spoil_the_rest
            interfaces_go_when_they_are_not_wanted
            the_console_is_kept_and_can_be_followed
            commands_run_inside
            commands_read_what_they_are_sent
            commands_need_a_running_instance
            a_port_inside_is_reached
            a_port_without_a_server_refuses
            what_is_used_is_counted
        }
    };
    ($run:path: $($case:ident)*) => {
        $(#[test] fn $case() { $run(|machine| Box::pin($crate::backend::battery::$case(machine))); })*
    };
}
pub(crate) use cases;

const VPC: &str = "vpc-00000001";
const SUBNET: &str = "subnet-00000001";
const GROUP: &str = "sg-00000001";
const CIDR: &str = "10.77.0.0/16";

/// An instance with one interface, number 1 to 200.
fn instance(number: u8, run: u64) -> proto::Instance {
    proto::Instance {
        id: format!("i-{number:08x}"),
        run,
        image_id: "ami-00000001".into(),
        vcpus: 1,
        memory_mib: 64,
        network_interface_ids: vec![interface_id(number)],
        hostname: format!("host-{number}"),
        ..proto::Instance::default()
    }
}

fn interface_id(number: u8) -> String {
    format!("eni-{number:08x}")
}

fn attached(number: u8) -> AttachedInterface {
    let interface = proto::NetworkInterface {
        id: interface_id(number),
        vpc_id: VPC.into(),
        subnet_id: SUBNET.into(),
        mac_address: format!("02:00:00:77:00:{number:02x}"),
        private_addresses: vec![format!("10.77.0.{}", u16::from(number) + 3)],
        security_group_ids: vec![GROUP.into()],
        source_dest_check: true,
        ..proto::NetworkInterface::default()
    };
    AttachedInterface { interface, instance_id: instance(number, 1).id, device_index: 0 }
}

/// A VPC with a subnet and an open group, and the interfaces of these instances.
fn network(numbers: impl IntoIterator<Item = u8>) -> NetworkState {
    let vpc = proto::Vpc { id: VPC.into(), vni: 77, cidrs: vec![CIDR.into()], ..proto::Vpc::default() };
    let local = proto::Route { destination: CIDR.into(), ..proto::Route::default() };
    let subnet = proto::Subnet {
        id: SUBNET.into(),
        vpc_id: VPC.into(),
        cidrs: vec!["10.77.0.0/24".into()],
        routes: vec![local],
    };
    let interfaces = numbers.into_iter().map(|number| (interface_id(number), attached(number)));
    NetworkState {
        vpcs: [(VPC.to_owned(), vpc)].into(),
        subnets: [(SUBNET.to_owned(), subnet)].into(),
        security_groups: [(GROUP.to_owned(), open_group())].into(),
        interfaces: interfaces.collect(),
        neighbors: Default::default(),
    }
}

fn open_group() -> proto::SecurityGroup {
    let rule = |id: &str, egress| proto::SecurityGroupRule {
        id: id.into(),
        egress,
        protocol: "-1".into(),
        from_port: -1,
        to_port: -1,
        peer: Some(proto::security_group_rule::Peer::Cidr("0.0.0.0/0".into())),
    };
    let rules = vec![rule("sgr-00000001", false), rule("sgr-00000002", true)];
    proto::SecurityGroup { id: GROUP.into(), vpc_id: VPC.into(), rules, member_addresses: Vec::new() }
}

/// Image and network for these instances are there.
async fn prepare(machine: &dyn Machine, numbers: impl IntoIterator<Item = u8>) {
    let backend = machine.backend();
    backend.add_image(machine.image(), None).await.unwrap();
    assert_eq!(backend.apply_network(network(numbers)).await, []);
}

async fn start(machine: &dyn Machine, number: u8, run: u64) {
    machine.backend().start(instance(number, run), machine.image()).await.unwrap();
}

async fn observe(machine: &dyn Machine, number: u8) -> Option<ObservedInstance> {
    let id = instance(number, 1).id;
    machine.backend().instances().await.unwrap().into_iter().find(|it| it.id == id)
}

async fn state(machine: &dyn Machine, number: u8) -> Option<InstanceState> {
    observe(machine, number).await.map(|it| it.state)
}

/// Looks again and again until `look` finds something; 30 s are an age.
async fn until<T, F: Future<Output = Option<T>>>(
    machine: &dyn Machine,
    what: &str,
    look: impl Fn() -> F,
) -> T {
    let runtime = machine.runtime();
    let limit = runtime.monotonic() + Duration::from_secs(30);
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(runtime.monotonic() < limit, "never: {what}");
        runtime.sleep(Duration::from_millis(10)).await;
    }
}

/// Runs a command to its end: stdout, stderr, exit code.
async fn run(machine: &dyn Machine, number: u8, command: &[&str], stdin: &[&[u8]]) -> (String, String, i32) {
    let command = command.iter().map(ToString::to_string).collect();
    let request = ExecRequest { command, terminal: None };
    let mut session = machine.backend().exec(instance(number, 1).id, request).await.unwrap();
    for bytes in stdin {
        session.input.send(ExecInput::Stdin(bytes.to_vec())).await.unwrap();
    }
    drop(session.input);
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    loop {
        match session.output.recv().await.expect("an exit code before the end") {
            ExecOutput::Stdout(bytes) => stdout.extend(bytes),
            ExecOutput::Stderr(bytes) => stderr.extend(bytes),
            ExecOutput::Exited(code) => {
                return (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap(), code);
            }
        }
    }
}
