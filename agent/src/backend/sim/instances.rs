//! Instances, images and networks of a simulated machine.

use super::console::Console;
use super::{SimMachine, State};
use crate::backend::{BackendError, ImageArchive, InstanceState, NetworkState, ObservedInstance, proto};
use crate::instance::devices;
use controlplane_types::BoxFuture;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// The one image every machine carries, as on Linux.
const BUILTIN: &str = "builtin:web";

/// A root file system and perhaps a process.
pub(super) struct SimInstance {
    run: u64,
    hostname: String,
    started_at_ms: u64,
    state: InstanceState,
    pub(super) console: Console,
    /// The root file system: what was written over the image, by path.
    pub(super) files: BTreeMap<String, Vec<u8>>,
    /// Dropped with the process; whoever waits on it learns of its end.
    process: Option<Arc<watch::Sender<()>>>,
}

impl SimInstance {
    /// Starts on the root of `before`, or on a new one.
    fn started(instance: &proto::Instance, started_at_ms: u64, before: Option<Self>) -> Self {
        let (process, _) = watch::channel(());
        let (console, files) = before.map(|before| (before.console, before.files)).unwrap_or_default();
        Self {
            run: instance.run,
            hostname: instance.hostname.clone(),
            started_at_ms,
            state: InstanceState::Running,
            console,
            files,
            process: Some(Arc::new(process)),
        }
    }

    pub(super) fn state(&self) -> InstanceState {
        self.state.clone()
    }

    pub(super) fn hostname(&self) -> &str {
        &self.hostname
    }

    pub(super) fn observe(&self, id: &str) -> ObservedInstance {
        ObservedInstance {
            id: id.to_owned(),
            run: self.run,
            state: self.state.clone(),
            started_at_ms: self.started_at_ms,
        }
    }

    /// Ends the process; `false` when there was none.
    pub(super) fn end(&mut self, state: InstanceState) -> bool {
        let ran = self.process.take().is_some();
        if ran {
            self.state = state;
        }
        ran
    }

    /// How a process ended is known to the boot it ended in.
    pub(super) fn lose_exit(&mut self) {
        self.state = InstanceState::Stopped;
    }

    /// Completes when the process that runs now ends.
    pub(super) fn ended(&self) -> BoxFuture<()> {
        let alive = self.process.as_ref().map(|process| process.subscribe());
        Box::pin(async move {
            if let Some(mut alive) = alive {
                // Nothing is ever sent: this ends when the sender goes.
                let _ = alive.changed().await;
            }
        })
    }
}

impl SimMachine {
    pub(super) async fn start_instance(
        &self,
        instance: proto::Instance,
        image: proto::Image,
    ) -> Result<(), BackendError> {
        if self.may_start(&instance, &image)? == AlreadyRuns::Yes {
            return Ok(());
        }
        let slow = self.lock().faults.slow_start;
        self.sleep(self.inner.config.start_time + slow).await;
        // The world may have changed meanwhile: the power, the network, another start.
        if self.may_start(&instance, &image)? == AlreadyRuns::Yes {
            return Ok(());
        }
        let now = self.inner.runtime.now().as_millis();
        let mut state = self.powered()?;
        state.faults.start(&instance.id)?;
        let before = state.instances.remove(&instance.id);
        let mut started = SimInstance::started(&instance, now, before);
        let name = &self.inner.config.name;
        started
            .console
            .print(format!("{}: run {} of {} on {name}\n", image.id, instance.run, instance.id).as_bytes());
        state.instances.insert(instance.id, started);
        drop(state);
        self.note_change();
        Ok(())
    }

    fn may_start(
        &self,
        instance: &proto::Instance,
        image: &proto::Image,
    ) -> Result<AlreadyRuns, BackendError> {
        let state = self.powered()?;
        match state.instances.get(&instance.id) {
            Some(it) if it.state == InstanceState::Running && it.run == instance.run => {
                return Ok(AlreadyRuns::Yes);
            }
            Some(it) if it.state == InstanceState::Running => {
                return Err(BackendError::Retry(format!("run {} of {} still runs", it.run, instance.id)));
            }
            _ => {}
        }
        if !state.images.contains(&image.digest) {
            return Err(BackendError::Retry(format!("image {} is not on this machine", image.id)));
        }
        let detached = devices(instance).find(|(_, id)| !state.network.interfaces.contains_key(*id));
        match detached {
            Some((_, id)) => Err(BackendError::Retry(format!("network interface {id} is not attached"))),
            None => Ok(AlreadyRuns::No),
        }
    }

    pub(super) async fn stop_instance(&self, id: &str, grace: Duration) -> Result<(), BackendError> {
        let running = self.powered()?.instances.get(id).is_some_and(|it| it.state == InstanceState::Running);
        if running {
            self.sleep(self.inner.config.stop_time.min(grace)).await;
        }
        let mut state = self.powered()?;
        state.faults.stop(id)?;
        if let Some(instance) = state.instances.get_mut(id) {
            instance.end(InstanceState::Stopped);
        }
        drop(state);
        self.note_change();
        Ok(())
    }

    pub(super) fn remove_instance(&self, id: &str) -> Result<(), BackendError> {
        let mut state = self.powered()?;
        if state.instances.get(id).is_some_and(|it| it.state == InstanceState::Running) {
            return Err(BackendError::Permanent(format!("instance {id} runs; it has to be stopped first")));
        }
        if let Some(removed) = state.instances.remove(id) {
            removed.console.close();
        }
        drop(state);
        self.note_change();
        Ok(())
    }

    pub(super) async fn unpack(
        &self,
        image: proto::Image,
        archive: Option<ImageArchive>,
    ) -> Result<(), BackendError> {
        if self.powered()?.images.contains(&image.digest) {
            return Ok(());
        }
        if let Some(mut archive) = archive {
            while let Some(chunk) = archive.recv().await {
                chunk?;
            }
        }
        self.sleep(self.inner.config.image_time).await;
        let mut state = self.powered()?;
        let unknown = image.source.starts_with("builtin:") && image.source != BUILTIN;
        if unknown || state.faults.missing_images.contains(&image.digest) {
            return Err(BackendError::Permanent(format!("there is no image {}", image.source)));
        }
        state.images.insert(image.digest);
        Ok(())
    }

    pub(super) fn make_network(&self, wanted: NetworkState) -> Vec<(proto::ObjectKey, BackendError)> {
        match self.powered() {
            Ok(mut state) => state.take_network(wanted),
            Err(error) => all_interfaces_fail(&wanted, &error),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AlreadyRuns {
    Yes,
    No,
}

impl State {
    fn take_network(&mut self, mut wanted: NetworkState) -> Vec<(proto::ObjectKey, BackendError)> {
        let mut errors = remove_impossible(&mut wanted);
        for (id, error) in &self.faults.network {
            if let Some(kind) = remove_object(&mut wanted, id) {
                errors.push((proto::ObjectKey { kind: kind.to_owned(), id: id.clone() }, error.clone()));
            }
        }
        self.network = wanted;
        errors
    }
}

/// As on Linux: an address that cannot be read is nobody's address.
fn remove_impossible(network: &mut NetworkState) -> Vec<(proto::ObjectKey, BackendError)> {
    let wrong = |address: &&String| address.parse::<IpAddr>().is_err();
    let problem = |interface: &proto::NetworkInterface| {
        let mut addresses = interface.private_addresses.iter().chain(&interface.ipv6_addresses);
        addresses.find(wrong).map(|address| BackendError::Permanent(format!("{address:?} is not an address")))
    };
    let found = network.interfaces.iter().filter_map(|(id, it)| Some((id.clone(), problem(&it.interface)?)));
    let found: Vec<_> = found.collect();
    for (id, _) in &found {
        network.interfaces.remove(id);
    }
    let key = |id| proto::ObjectKey { kind: "network_interface".to_owned(), id };
    found.into_iter().map(|(id, error)| (key(id), error)).collect()
}

fn remove_object(network: &mut NetworkState, id: &str) -> Option<&'static str> {
    let removed = [
        ("vpc", network.vpcs.remove(id).is_some()),
        ("subnet", network.subnets.remove(id).is_some()),
        ("security_group", network.security_groups.remove(id).is_some()),
        ("network_interface", network.interfaces.remove(id).is_some()),
        ("neighbor", network.neighbors.remove(id).is_some()),
    ];
    removed.into_iter().find(|(_, removed)| *removed).map(|(kind, _)| kind)
}

fn all_interfaces_fail(wanted: &NetworkState, error: &BackendError) -> Vec<(proto::ObjectKey, BackendError)> {
    let key = |id: &String| proto::ObjectKey { kind: "network_interface".to_owned(), id: id.clone() };
    wanted.interfaces.keys().map(|id| (key(id), error.clone())).collect()
}
