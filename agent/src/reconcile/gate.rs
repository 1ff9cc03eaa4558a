//! Whether what an instance rests on is there.

use super::attempts::{Attempts, Subject};
use super::network::Network;
use crate::archive::document::own_architecture;
use crate::backend::BackendError;
use crate::desired::View;
use crate::instance::{Gate, devices};
use crate::network::plan::foundations;
use controlplane_proto::agent::{Image, Instance, NetworkInterface, RegistryImage};
use controlplane_proto::desired::ObjectRef;
use prost::Message;
use std::collections::BTreeSet;
use std::time::Duration;

/// What the gates look at.
pub(super) struct Ground<'a> {
    pub(super) view: &'a View<'a>,
    pub(super) images: &'a BTreeSet<&'a str>,
    pub(super) network: &'a Network,
    pub(super) attempts: &'a Attempts,
    pub(super) now: Duration,
}

impl Ground<'_> {
    /// The gate of `instance`: image first (the longer wait), then each interface.
    pub(super) fn gate(&self, instance: &Instance) -> Gate {
        match self.image_gate(instance) {
            Gate::Open => self.network_gate(instance),
            closed => closed,
        }
    }

    fn image_gate(&self, instance: &Instance) -> Gate {
        let Some(image) = self.view.images.get(instance.image_id.as_str()) else {
            return Gate::Wait(format!("image {:?} is not in the desired set", instance.image_id));
        };
        if self.images.contains(image.digest.as_str()) {
            return Gate::Open;
        }
        let subject = Subject::Image(image.digest.clone());
        match (self.attempts.failure(&subject, || about_image(image), self.now), &image.registry) {
            (Some(failure), _) if failure.permanent => Gate::Shut(failure.reason),
            (Some(failure), Some(_)) => Gate::Notable(failure.reason),
            (Some(failure), None) => Gate::Wait(failure.reason),
            (None, Some(registry)) => {
                Gate::Notable(format!("pulling image {} ({})", image.id, described(registry)))
            }
            (None, None) => Gate::Wait(format!("image {} is being unpacked", image.id)),
        }
    }

    fn network_gate(&self, instance: &Instance) -> Gate {
        let mut gates = devices(instance).map(|(index, id)| self.interface_gate(instance, id, index));
        gates.find(|gate| *gate != Gate::Open).unwrap_or(Gate::Open)
    }

    /// Why something an interface rests on is not in force.
    fn network_error(&self, interface: &NetworkInterface) -> Option<(ObjectRef, BackendError)> {
        // Every pass asks for every interface, and mostly there is nothing wrong anywhere.
        if self.network.is_whole() {
            return None;
        }
        let keys = foundations(interface).into_iter();
        keys.filter_map(|key| self.network.error(&key).map(|error| (key, error))).next()
    }

    fn interface_gate(&self, instance: &Instance, id: &str, device_index: u32) -> Gate {
        let Some(interface) = self.view.interfaces.get(id) else {
            return Gate::Wait(format!("network interface {id:?} is not in the desired set"));
        };
        match self.network_error(interface) {
            Some((key, BackendError::Permanent(why))) => {
                Gate::Shut(format!("{} {}: {why}", key.kind, key.id))
            }
            Some((key, BackendError::Retry(why))) => Gate::Wait(format!("{} {}: {why}", key.kind, key.id)),
            None if self.network.is_in_force(interface, &instance.id, device_index) => Gate::Open,
            None => Gate::Wait(format!("network interface {id} is being made")),
        }
    }
}

/// What is pulled. No progress: the text must stay the same, because each change of it is told.
fn described(image: &RegistryImage) -> String {
    let own = image.platforms.iter().find(|platform| platform.architecture == own_architecture());
    match own.map(|platform| platform.size_bytes.div_ceil(1 << 20)) {
        Some(mebibytes) => format!("{}, {mebibytes} MiB", image.reference),
        None => image.reference.clone(),
    }
}

/// What a failed attempt on an image was about.
pub(super) fn about_image(image: &Image) -> Vec<u8> {
    image.encode_to_vec()
}

/// What a failed attempt on an instance was about; an undesired one is about nothing.
pub(super) fn about_instance(instance: Option<&Instance>) -> Vec<u8> {
    instance.map(Message::encode_to_vec).unwrap_or_default()
}
