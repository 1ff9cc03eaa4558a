//! What an agent needs of a machine. `linux` does it with the kernel, `sim` in memory; both pass the same contract
//! battery, so whatever the reconciler does on one it does on the other.
//!
//! Every call is level-triggered and idempotent: calling twice changes nothing, and a call after a crash picks up
//! what the crash left. Nothing here decides; decisions are made by the pure `plan` functions.

#[cfg(test)]
pub(crate) mod battery;
pub mod linux;
mod margins;
pub mod sim;
mod usage;

use crate::desired::Held;
use controlplane_proto::agent as proto;
use controlplane_types::BoxFuture;
use dns::health::Way;
pub use margins::{Footprint, Footprints, Margin, Margins};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
pub use usage::{InstanceUsage, MachineUsage, Usage};

/// Why something could not be made real. The text reaches the operator through `describe`.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum BackendError {
    /// Trying again later may work (a resource is busy, a download broke).
    #[error("{0}")]
    Retry(String),
    /// Trying again is useless until the desired state changes (no such image, impossible address).
    #[error("{0}")]
    Permanent(String),
}

/// Everything about networks on this machine, whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NetworkState {
    /// By id.
    pub vpcs: BTreeMap<String, proto::Vpc>,
    /// By id.
    pub subnets: BTreeMap<String, proto::Subnet>,
    /// By id.
    pub security_groups: BTreeMap<String, proto::SecurityGroup>,
    /// Interfaces of instances on this machine, by id.
    pub interfaces: BTreeMap<String, AttachedInterface>,
    /// Interfaces on other machines, by id.
    pub neighbors: BTreeMap<String, proto::Neighbor>,
}

/// A network interface and the instance it belongs to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AttachedInterface {
    /// The interface.
    pub interface: proto::NetworkInterface,
    /// Whose network namespace it lives in.
    pub instance_id: String,
    /// `0` is `eth0`.
    pub device_index: u32,
}

/// An instance found on the machine, started by this agent or by the one before it.
#[derive(Clone, Debug, PartialEq)]
pub struct ObservedInstance {
    /// Instance id.
    pub id: String,
    /// The run it was started for.
    pub run: u64,
    /// Running or how it ended.
    pub state: InstanceState,
    /// Wall clock at the start of its first process, ms since the epoch.
    pub started_at_ms: u64,
}

/// State of an instance's first process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InstanceState {
    /// Alive.
    Running,
    /// Ended by itself or killed; the root file system is still there.
    Exited {
        /// Exit code, or 128 + signal.
        code: i32,
        /// Signal that ended it, 0 for none.
        signal: i32,
    },
    /// A root file system without a process (stopped, or the machine rebooted).
    Stopped,
}

/// A command run inside an instance. Dropping both ends ends the command.
pub struct ExecSession {
    /// Bytes and resizes for the command; closing it closes its stdin.
    pub input: mpsc::Sender<ExecInput>,
    /// What it prints, then exactly one `Exited`.
    pub output: mpsc::Receiver<ExecOutput>,
}

/// Towards a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExecInput {
    /// Bytes for stdin (or the terminal).
    Stdin(Vec<u8>),
    /// The terminal's new size: rows, columns.
    Resize(u32, u32),
}

/// From a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExecOutput {
    /// Bytes of stdout (with a terminal: everything).
    Stdout(Vec<u8>),
    /// Bytes of stderr.
    Stderr(Vec<u8>),
    /// The command ended; exit code or 128 + signal.
    Exited(i32),
}

/// What to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecRequest {
    /// Program and arguments.
    pub command: Vec<String>,
    /// Rows and columns when a terminal is wanted.
    pub terminal: Option<(u32, u32)>,
}

/// Bytes both ways.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A TCP connection to something inside an instance.
pub type Connection = Box<dyn Stream>;

/// The archive of an imported image, read in chunks as the server sends it.
pub type ImageArchive = mpsc::Receiver<Result<Vec<u8>, BackendError>>;

/// One machine.
pub trait Backend: Send + Sync + 'static {
    /// Changes with every boot of the machine.
    fn boot_id(&self) -> String;

    /// What the machine has, and how much of it may be promised.
    fn capacity(&self) -> proto::Capacity;

    /// Makes the machine's networks exactly `state`: creates, changes and removes. Also creates the network
    /// namespace of every instance that has an interface here. Errors are per object, the rest is applied.
    fn apply_network(&self, state: NetworkState) -> BoxFuture<Vec<(proto::ObjectKey, BackendError)>>;

    /// The images whose root file system is on this machine, by digest.
    fn images(&self) -> BoxFuture<Result<Vec<String>, BackendError>>;

    /// Images that were begun and are not whole: layers that a later attempt need not fetch again, by digest.
    fn partial_images(&self) -> BoxFuture<Result<Vec<String>, BackendError>>;

    /// Unpacks an image; `archive` is absent for built-in ones and for those the machine pulls from a registry. All or
    /// nothing, apart from [`Backend::partial_images`].
    fn add_image(
        &self,
        image: proto::Image,
        archive: Option<ImageArchive>,
    ) -> BoxFuture<Result<(), BackendError>>;

    /// Removes an image no instance uses, whole or partial, and the layers that no other image has.
    fn remove_image(&self, digest: String) -> BoxFuture<Result<(), BackendError>>;

    /// What runs or lies on this machine.
    fn instances(&self) -> BoxFuture<Result<Vec<ObservedInstance>, BackendError>>;

    /// Starts an instance for `instance.run`: root file system, cgroup, namespaces, first process. Its image and
    /// network are there. An instance that already runs for this run is left alone; a stopped one keeps its root.
    fn start(&self, instance: proto::Instance, image: proto::Image) -> BoxFuture<Result<(), BackendError>>;

    /// Ends the first process and everything below it: SIGTERM, after `grace_ms` SIGKILL. Keeps the root.
    fn stop(&self, id: String, grace_ms: u64) -> BoxFuture<Result<(), BackendError>>;

    /// Removes a stopped instance without a trace.
    fn remove(&self, id: String) -> BoxFuture<Result<(), BackendError>>;

    /// What the metadata service tells each instance; replaces what was set before.
    fn set_metadata(&self, instances: Vec<(proto::Instance, Vec<proto::NetworkInterface>)>) -> BoxFuture<()>;

    /// What the resolvers of this machine's VPCs answer is in `held` from now on.
    fn set_names(&self, held: Arc<Held>);

    /// How health checks are probed from inside the VPCs of this machine; `None` if nothing can be connected to in here.
    fn way(&self) -> Option<Arc<dyn Way>>;

    /// What an instance may sign with, for its metadata service.
    fn set_credentials(&self, credentials: proto::RoleCredentials);

    /// Console output from `tail_bytes` before its end (0: all that is kept), and on as it grows if `follow`.
    fn console(
        &self,
        id: String,
        tail_bytes: u32,
        follow: bool,
    ) -> BoxFuture<Result<mpsc::Receiver<Vec<u8>>, BackendError>>;

    /// Runs a command inside a running instance.
    fn exec(&self, id: String, request: ExecRequest) -> BoxFuture<Result<ExecSession, BackendError>>;

    /// Connects to a port of a running instance's loopback address, IPv4 before IPv6.
    fn connect(&self, id: String, port: u16) -> BoxFuture<Result<Connection, BackendError>>;

    /// Reads the counters of the machine and of the instances that run. One that ends meanwhile is left out.
    fn usage(&self) -> BoxFuture<Result<Usage, BackendError>>;

    /// What the machine has left. Cheap: it is asked for every few seconds.
    fn margins(&self) -> BoxFuture<Result<Margins, BackendError>>;

    /// What each instance takes. May be dear: it is asked for when the machine is running out of something.
    fn footprints(&self) -> BoxFuture<Result<Footprints, BackendError>>;

    /// Completes when an instance changed state since the last call; never misses one, may wake for nothing.
    fn changed(&self) -> BoxFuture<()>;
}
