//! From the desired set to the networks of this machine. The backend does the difference (it alone knows the
//! kernel's tables); here references are resolved, so that it never meets one that leads nowhere.
//!
//! What readers get wrong: an interface is wanted while its instance runs or shall run, not while it is in the set. A
//! stopped instance's namespace would go on answering pings.

use crate::backend::{AttachedInterface, NetworkState};
use crate::desired::View;
use crate::instance::devices;
use controlplane_proto::agent::{Instance, NetworkInterface};
use controlplane_proto::desired::ObjectRef;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What the backend is told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wanted {
    /// Networks and attached interfaces.
    pub state: NetworkState,
    /// Instances the metadata service answers, with their interfaces in device order.
    pub metadata: Vec<(Instance, Vec<NetworkInterface>)>,
}

/// What to make, and what of the desired set cannot be made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// For the backend. Shared: what is planned, being made and in force is mostly one and the same.
    pub wanted: Arc<Wanted>,
    /// References that lead nowhere.
    pub errors: BTreeMap<ObjectRef, String>,
}

/// Decides; `attached` are the instances whose interfaces must be there.
pub fn plan(view: &View<'_>, attached: &BTreeSet<&str>) -> Plan {
    let mut making = Making::default();
    making.add_networks(view);
    for id in attached {
        if let Some(instance) = view.instances.get(id) {
            making.attach(view, instance);
        }
    }
    Plan { wanted: Arc::new(making.wanted), errors: making.errors }
}

/// A plan in the making.
#[derive(Default)]
struct Making {
    wanted: Wanted,
    errors: BTreeMap<ObjectRef, String>,
}

impl Making {
    fn add_networks(&mut self, view: &View<'_>) {
        let state = &mut self.wanted.state;
        state.vpcs = owned(&view.vpcs);
        state.subnets = owned(&view.subnets);
        state.security_groups = owned(&view.security_groups);
        state.neighbors = owned(&view.neighbors);
        let vpc_missing = |vpc: &str| (!view.vpcs.contains_key(vpc)).then(|| missing("vpc", vpc));
        let subnets = view.subnets.iter().map(|(id, it)| ("subnet", *id, vpc_missing(&it.vpc_id)));
        let groups =
            view.security_groups.iter().map(|(id, it)| ("security_group", *id, vpc_missing(&it.vpc_id)));
        let neighbors = view.neighbors.iter().map(|(id, it)| ("neighbor", *id, vpc_missing(&it.vpc_id)));
        for (kind, id, problem) in subnets.chain(groups).chain(neighbors) {
            if let Some(reason) = problem {
                self.refuse(kind, id, reason);
            }
        }
    }

    fn attach(&mut self, view: &View<'_>, instance: &Instance) {
        let mut interfaces = Vec::new();
        for (device_index, id) in devices(instance) {
            match self.interface(view, instance, id) {
                Ok(interface) => {
                    self.add_interface(interface, instance, device_index);
                    interfaces.push(interface.clone());
                }
                Err(reason) => drop(self.errors.insert(key("network_interface", id), reason)),
            }
        }
        self.wanted.metadata.push((instance.clone(), interfaces));
    }

    fn interface<'a>(
        &self,
        view: &View<'a>,
        owner: &Instance,
        id: &str,
    ) -> Result<&'a NetworkInterface, String> {
        let interface = view
            .interfaces
            .get(id)
            .ok_or_else(|| format!("{} refers to it, but it is not there", owner.id))?;
        if let Some(other) = self.wanted.state.interfaces.get(id) {
            return Err(format!("it belongs to {} and cannot belong to {} too", other.instance_id, owner.id));
        }
        if !view.vpcs.contains_key(interface.vpc_id.as_str()) {
            return Err(missing("vpc", &interface.vpc_id));
        }
        if !view.subnets.contains_key(interface.subnet_id.as_str()) {
            return Err(missing("subnet", &interface.subnet_id));
        }
        let group =
            interface.security_group_ids.iter().find(|id| !view.security_groups.contains_key(id.as_str()));
        group.map_or(Ok(interface), |id| Err(missing("security_group", id)))
    }

    fn add_interface(&mut self, interface: &NetworkInterface, instance: &Instance, device_index: u32) {
        let attached = AttachedInterface {
            interface: interface.clone(),
            instance_id: instance.id.clone(),
            device_index,
        };
        self.wanted.state.interfaces.insert(interface.id.clone(), attached);
    }

    fn refuse(&mut self, kind: &'static str, id: &str, reason: String) {
        let state = &mut self.wanted.state;
        match kind {
            "subnet" => drop(state.subnets.remove(id)),
            "security_group" => drop(state.security_groups.remove(id)),
            _ => drop(state.neighbors.remove(id)),
        }
        self.errors.insert(key(kind, id), reason);
    }
}

/// Everything an interface rests on: itself, its VPC, subnet and groups. An instance does not start while one of
/// them is not in force, or it would run with an open door.
pub fn foundations(interface: &NetworkInterface) -> Vec<ObjectRef> {
    let mut keys = vec![
        key("network_interface", &interface.id),
        key("subnet", &interface.subnet_id),
        key("vpc", &interface.vpc_id),
    ];
    keys.extend(interface.security_group_ids.iter().map(|id| key("security_group", id)));
    keys
}

fn key(kind: &'static str, id: &str) -> ObjectRef {
    ObjectRef { kind, id: id.to_owned() }
}

fn missing(kind: &str, id: &str) -> String {
    format!("{kind} {id:?} is not in the desired set")
}

fn owned<T: Clone>(map: &BTreeMap<&str, &T>) -> BTreeMap<String, T> {
    map.iter().map(|(id, it)| ((*id).to_owned(), (*it).clone())).collect()
}

#[cfg(test)]
mod tests;
