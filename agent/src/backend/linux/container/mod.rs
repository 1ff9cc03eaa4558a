//! Instances as containers.
//!
//! A container is a disk (`disk`), a state folder (`state`) and, while it runs, a `hearth-shim` (`shim`). The agent holds
//! nothing in memory that it would miss: every question is answered from those two folders, so an agent that was killed
//! or replaced goes on where the one before it stopped, and two agents with different folders do not meet.
//!
//! ```text
//! <data>/images/<digest>/rootfs     unpacked images          <run>/instances/<id>/   state folders, gone after a boot
//! <data>/layers/                    layers from registries
//! <data>/instances/<id>/            disks                    <cgroups>/<parent>/<id> limits, gone with the container
//! ```
//!
//! Which of the two exist says what an instance is: both and alive, running; both and an end on record, exited by
//! itself; a disk alone, stopped (or the machine booted). A stop therefore removes the state folder once the container
//! has ended. Mounts exist in the container's own mount namespace only, so there is never one to clean up.

mod authorized_keys;
mod connect;
mod console;
mod disk;
mod exec;
mod footprint;
mod purge;
mod record;
mod shim;
mod state;
mod usage;
mod watch;

#[cfg(test)]
mod tests;

use super::image::{BUILTIN, INIT, Images};
use crate::backend::{
    BackendError, Connection, ExecRequest, ExecSession, Footprint, Footprints, InstanceState, InstanceUsage,
    ObservedInstance,
};
use crate::registry::RegistrySettings;
use controlplane_proto::agent as proto;
use controlplane_types::Runtime;
use disk::{Disk, Disks};
use record::Record;
use shim::Shim;
use state::StateFolder;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedMutexGuard, mpsc};
use watch::Watches;

/// Tasks an instance may have. Not part of an instance type; it keeps a fork bomb inside.
const MAX_PIDS: u64 = 8192;
/// Before an instance of an older run is killed to make room for a newer one.
const REPLACE_GRACE_MS: u64 = 5000;

/// Where containers live.
#[derive(Clone, Debug)]
pub struct ContainersConfig {
    /// Images and disks; outlives boots.
    pub data: PathBuf,
    /// State folders; best on a file system that a boot empties.
    pub run: PathBuf,
    /// The `hearth-shim` program; else `HEARTH_SHIM` names it, or it lies beside this program.
    pub shim: Option<PathBuf>,
    /// A static busybox for the built-in images.
    pub busybox: PathBuf,
    /// Where control groups are mounted.
    pub cgroup_root: PathBuf,
    /// The group below which this agent's containers get theirs, names joined by `/`.
    pub cgroup_parent: String,
    /// Bytes of console output kept of each instance.
    pub console_bytes: u64,
    /// How registries are reached.
    pub registry: RegistrySettings,
}

impl ContainersConfig {
    /// The usual places, for these folders and a name that no other agent of the machine has.
    pub fn new(data: impl Into<PathBuf>, run: impl Into<PathBuf>, name: &str) -> Self {
        Self {
            data: data.into(),
            run: run.into(),
            shim: None,
            busybox: "/bin/busybox".into(),
            cgroup_root: "/sys/fs/cgroup".into(),
            cgroup_parent: format!("hearth/{name}"),
            console_bytes: 1 << 20,
            registry: RegistrySettings::default(),
        }
    }
}

/// What a start needs beyond the contract.
#[derive(Clone, Debug, Default)]
pub struct StartRequest {
    /// The instance.
    pub instance: proto::Instance,
    /// Its image, which must be on the machine.
    pub image: proto::Image,
    /// Its network namespace, bind-mounted on a file.
    pub netns: PathBuf,
}

/// The containers of one agent. Clones are the same containers.
#[derive(Clone)]
pub struct Containers(Arc<Shared>);

struct Shared {
    config: ContainersConfig,
    images: Images,
    disks: Disks,
    shim: Shim,
    watches: Watches,
    busy: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

impl Containers {
    /// Finds what earlier agents left: watches what runs, removes state folders without a disk.
    pub async fn open(config: ContainersConfig, runtime: Arc<dyn Runtime>) -> Result<Self, BackendError> {
        let states = config.run.join("instances");
        fs::create_dir_all(&states).map_err(failed("create the run folder"))?;
        let shim = Shim::find(config.shim.as_deref(), states)?;
        let shared = Shared {
            images: Images::open(&config.data, config.busybox.clone(), config.registry.clone(), runtime)?,
            disks: Disks::open(config.data.join("instances")).map_err(failed("open the disks"))?,
            watches: Watches::new(shim.clone()),
            busy: Mutex::default(),
            shim,
            config,
        };
        let containers = Self(Arc::new(shared));
        containers.take_over().await?;
        Ok(containers)
    }

    async fn take_over(&self) -> Result<(), BackendError> {
        for id in self.state_ids()? {
            if !self.0.disks.of(&id).exists() {
                self.0.shim.remove(&id).await?;
            } else if self.look(&id)?.state == InstanceState::Running {
                self.0.watches.add(&id);
            }
        }
        Ok(())
    }

    fn state_ids(&self) -> Result<Vec<String>, BackendError> {
        let names = fs::read_dir(self.0.shim.root()).map_err(failed("list the run folder"))?;
        let names = names.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        names.collect::<io::Result<_>>().map_err(failed("list the run folder"))
    }

    fn state(&self, id: &str) -> StateFolder {
        StateFolder::of(self.0.shim.root(), id)
    }

    fn disk(&self, id: &str) -> Result<Disk, BackendError> {
        let disk = self.0.disks.of(checked(id)?);
        if disk.exists() {
            Ok(disk)
        } else {
            Err(BackendError::Permanent(format!("{id}: not on this machine")))
        }
    }

    /// One call at a time per instance.
    async fn reserve(&self, id: &str) -> OwnedMutexGuard<()> {
        let lock = {
            let mut busy = self.0.busy.lock().unwrap_or_else(PoisonError::into_inner);
            busy.retain(|_, lock| Arc::strong_count(lock) > 1);
            busy.entry(id.to_owned()).or_default().clone()
        };
        lock.lock_owned().await
    }

    /// The images on this machine.
    pub fn images(&self) -> &Images {
        &self.0.images
    }

    /// Removes an image no instance uses; see [`crate::backend::Backend::remove_image`].
    pub fn remove_image(&self, digest: &str) -> Result<(), BackendError> {
        for id in self.0.disks.ids().map_err(failed("list the disks"))? {
            let used = self.0.disks.of(&id).image().map_err(failed("read a disk's record"))?;
            if used.as_deref() == Some(digest) {
                return Err(BackendError::Retry(format!("image {digest}: in use by {id}")));
            }
        }
        self.0.images.remove(digest)
    }

    /// See [`crate::backend::Backend::instances`].
    pub fn instances(&self) -> Result<Vec<ObservedInstance>, BackendError> {
        let ids = self.0.disks.ids().map_err(failed("list the disks"))?;
        ids.iter().map(|id| self.look(id)).collect()
    }

    fn look(&self, id: &str) -> Result<ObservedInstance, BackendError> {
        let run = self.0.disks.of(id).run().map_err(failed("read a disk's record"))?;
        let seen = self.state(id).observe().map_err(failed("read a state folder"))?;
        Ok(ObservedInstance { id: id.to_owned(), run, state: seen.state, started_at_ms: seen.started_at_ms })
    }

    /// See [`crate::backend::Backend::start`]. The network namespace must be there.
    pub async fn start(&self, request: StartRequest) -> Result<(), BackendError> {
        let id = checked(&request.instance.id)?.to_owned();
        let _busy = self.reserve(&id).await;
        let seen = self.look(&id)?;
        if seen.state == InstanceState::Running {
            if seen.run == request.instance.run {
                return Ok(());
            }
            self.0.shim.stop(&id, REPLACE_GRACE_MS).await?;
        }
        let root = self.0.images.root(&request.image.digest)?;
        if !request.netns.exists() {
            return Err(BackendError::Retry(format!("{id}: its network is not there yet")));
        }
        self.0.shim.remove(&id).await?;
        let (disks, wanted, image) = (self.0.disks.clone(), request.clone(), root.clone());
        let fresh = blocking("make the disk", move || disks.prepare(&wanted, &image)).await?;
        let config = self.shim_config(&request, &root)?;
        let result = self.launch(&id, &config).await;
        if result.is_err() && fresh {
            self.remove_disk(&id).await?;
        }
        self.0.watches.note_change();
        result
    }

    async fn launch(&self, id: &str, config: &Record) -> Result<(), BackendError> {
        let state = self.state(id);
        let started = match state.create(config).map_err(failed("create the state folder")) {
            Ok(()) => self.0.shim.start(id).await,
            Err(error) => Err(error),
        };
        match started {
            Ok(()) => self.0.watches.add(id),
            // A shim that never ran could not remove it.
            Err(_) => state.discard().map_err(failed("remove the state folder"))?,
        }
        started
    }

    fn shim_config(&self, request: &StartRequest, root: &std::path::Path) -> Result<Record, BackendError> {
        let (instance, config) = (&request.instance, &self.0.config);
        let started = self.0.images.started(&request.image)?;
        let disk = self.0.disks.of(&instance.id);
        let mut record = Record::default()
            .with("id", &instance.id)
            .with("hostname", disk::host_name(&instance.hostname, &instance.id))
            .with("netns", request.netns.display())
            .with("cwd", if started.working_directory.is_empty() { "/" } else { &started.working_directory })
            .with("uid", started.uid)
            .with("gid", started.gid)
            .with("cgroup-root", config.cgroup_root.display())
            .with("cgroup-parent", &config.cgroup_parent)
            .with("cpu-millis", u64::from(instance.vcpus) * 1000)
            .with("memory-bytes", instance.memory_mib.saturating_mul(1 << 20))
            .with("pids", MAX_PIDS)
            .with("console", disk.path("console").display())
            .with("console-bytes", config.console_bytes)
            .with_each("env", &started.environment)
            .with_each("arg", &command(&request.image, started.command));
        for (key, path) in disk::overlay(&disk, root) {
            record = record.with(key, path.display());
        }
        match record.unwritable() {
            Some(key) => Err(BackendError::Permanent(format!("{}: {key}: contains NUL", instance.id))),
            None => Ok(record),
        }
    }

    /// See [`crate::backend::Backend::stop`].
    pub async fn stop(&self, id: &str, grace_ms: u64) -> Result<(), BackendError> {
        let _busy = self.reserve(checked(id)?).await;
        if !self.state(id).exists() {
            return Ok(());
        }
        self.0.shim.stop(id, grace_ms).await?;
        self.0.shim.remove(id).await?;
        self.0.watches.note_change();
        Ok(())
    }

    /// See [`crate::backend::Backend::remove`]. One that still runs is killed.
    pub async fn remove(&self, id: &str) -> Result<(), BackendError> {
        let _busy = self.reserve(checked(id)?).await;
        self.0.shim.remove(id).await?;
        self.remove_disk(id).await?;
        self.0.watches.note_change();
        Ok(())
    }

    async fn remove_disk(&self, id: &str) -> Result<(), BackendError> {
        let (disks, id) = (self.0.disks.clone(), id.to_owned());
        blocking("remove the disk", move || disks.remove(&id)).await
    }

    /// See [`crate::backend::Backend::console`].
    pub fn console(
        &self,
        id: &str,
        tail_bytes: u32,
        follow: bool,
    ) -> Result<mpsc::Receiver<Vec<u8>>, BackendError> {
        console::open(self.disk(id)?, tail_bytes, follow)
    }

    /// See [`crate::backend::Backend::exec`].
    pub fn exec(&self, id: &str, request: ExecRequest) -> Result<ExecSession, BackendError> {
        self.disk(id)?;
        if self.look(id)?.state != InstanceState::Running {
            return Err(BackendError::Permanent(format!("{id}: not running")));
        }
        exec::start(&self.0.shim, id, request)
    }

    /// See [`crate::backend::Backend::connect`].
    pub async fn connect(&self, id: &str, port: u16) -> Result<Connection, BackendError> {
        self.disk(id)?;
        let inside = connect::namespace(&self.state(id)).map_err(failed("find its network namespace"))?;
        let inside = inside.ok_or_else(|| BackendError::Permanent(format!("{id}: not running")))?;
        Ok(Box::new(connect::to(id, inside, port).await?))
    }

    /// See [`crate::backend::Backend::usage`].
    pub fn usage(&self) -> Result<BTreeMap<String, InstanceUsage>, BackendError> {
        let config = &self.0.config;
        let groups = usage::Groups { root: &config.cgroup_root, parent: &config.cgroup_parent };
        let read = |id: String| Ok(groups.usage(&id, &self.state(&id))?.map(|usage| (id, usage)));
        let all = self.state_ids()?.into_iter().map(read).filter_map(io::Result::transpose);
        all.collect::<io::Result<_>>().map_err(failed("read control groups"))
    }

    /// See [`crate::backend::Backend::footprints`].
    pub fn footprints(&self) -> Result<Footprints, BackendError> {
        let used = self.usage()?;
        let measured = |id: String| {
            let InstanceUsage { memory_bytes, tasks, .. } = used.get(&id).copied().unwrap_or_default();
            let disk_bytes = footprint::size(&self.0.disks.of(&id).path("upper"));
            (id, Footprint { memory_bytes, pids: tasks, disk_bytes })
        };
        let ids = self.0.disks.ids().map_err(failed("list the disks"))?;
        Ok(ids.into_iter().map(measured).collect())
    }

    /// See [`crate::backend::Backend::changed`].
    pub async fn changed(&self) {
        self.0.watches.changed().await;
    }

    /// Ends every container of this agent and removes all it ever made: processes, control groups, state folders,
    /// disks and images. Nothing may be started meanwhile.
    pub async fn purge(&self) -> Result<(), BackendError> {
        self.0.watches.end();
        for id in self.state_ids()? {
            self.0.shim.remove(&id).await?;
        }
        let config = &self.0.config;
        for group in purge::groups(&config.cgroup_root, &config.cgroup_parent) {
            purge::remove_group(&group, &config.cgroup_parent).await?;
        }
        let data = ["instances", "images", "layers"].map(|name| config.data.join(name));
        let folders: Vec<PathBuf> = data.into_iter().chain([config.run.join("instances")]).collect();
        blocking("remove the folders", move || folders.iter().try_for_each(fs::remove_dir_all)).await
    }
}

/// What is started when the image does not say.
fn command(image: &proto::Image, said: Vec<String>) -> Vec<String> {
    match &said[..] {
        [] if image.source.starts_with(BUILTIN) => vec![INIT.to_owned()],
        [] => vec!["/sbin/init".to_owned()],
        _ => said,
    }
}

/// Ids become file names.
fn checked(id: &str) -> Result<&str, BackendError> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    if id.is_empty() || id.len() > 64 || !id.bytes().all(legal) {
        return Err(BackendError::Permanent(format!(
            "instance id {id:?}: not 1 to 64 letters, digits, '_' or '-'"
        )));
    }
    Ok(id)
}

fn failed(action: &str) -> impl FnOnce(io::Error) -> BackendError {
    move |error| BackendError::Retry(format!("cannot {action}: {error}"))
}

/// Runs file system work that may take long on a thread made for that.
async fn blocking<T: Send + 'static>(
    action: &'static str,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, BackendError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|broken| Err(io::Error::other(broken))).map_err(failed(action))
}
