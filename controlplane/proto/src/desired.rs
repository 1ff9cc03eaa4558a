//! The desired set of one node: full in meaning, deltas on the wire.
//!
//! Server and agent both hold the set, and both sides use this one implementation of difference, application and
//! hash, so they cannot disagree about what a delta means. A set is compared by hash and not by trust in an unbroken
//! stream: a lost or doubled delta, a bug in either side's bookkeeping and a field one side does not know all show as
//! a different hash, and the answer to each is the same (send the whole set again).
//!
//! What readers get wrong: the order is by the *name* of the kind ("image" before "vpc"), not by field number, so
//! that a new kind in the contract does not reorder the old ones. And an object that decodes to nothing (a kind newer
//! than this build) is an error, never skipped: a set that is quietly missing something would remove it.
//!
//! Objects are shared (`Arc`): the server keeps the set it sent last beside the one it makes now.

use crate::agent::{Desired, Generation, Object, ObjectKey, object};
use aws_lc_rs::digest::{Context, SHA256};
use prost::Message;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Names of all kinds an object can have, as they stand in [`ObjectKey::kind`].
pub const KINDS: [&str; 11] = [
    "image",
    "instance",
    "neighbor",
    "network_interface",
    "private_health_check",
    "private_record_set",
    "private_zone",
    "resolver",
    "security_group",
    "subnet",
    "vpc",
];

/// Why a [`Desired`] message cannot be applied. Whoever gets one asks for (or sends) the full set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DesiredError {
    /// An object without content: its kind is newer than this build.
    #[error("an object of the desired set is of a kind this version does not know")]
    UnknownObject,
    /// A removed key names a kind this build does not know.
    #[error("removed object {id:?} is of kind {kind:?}, which this version does not know")]
    UnknownKind {
        /// As sent.
        kind: String,
        /// As sent.
        id: String,
    },
    /// An object with an empty id.
    #[error("an object of kind {kind} has no id")]
    NoId {
        /// Its kind.
        kind: &'static str,
    },
    /// The same object twice in one message.
    #[error("{kind} {id} is there twice")]
    Duplicate {
        /// Its kind.
        kind: &'static str,
        /// Its id.
        id: String,
    },
    /// The result has another hash than the sender's.
    #[error("the hash of the resulting set differs from the sender's")]
    HashMismatch,
}

/// Which object: kind name, then id. Orders the set.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectRef {
    /// One of [`KINDS`].
    pub kind: &'static str,
    /// The object's id.
    pub id: String,
}

impl ObjectRef {
    /// The key of `object`.
    pub fn of(object: &Object) -> Result<Self, DesiredError> {
        let (kind, id) = kind_and_id(object)?;
        if id.is_empty() {
            return Err(DesiredError::NoId { kind });
        }
        Ok(Self { kind, id: id.to_owned() })
    }

    /// Reads a key from the wire.
    pub fn parse(key: &ObjectKey) -> Result<Self, DesiredError> {
        let unknown = || DesiredError::UnknownKind { kind: key.kind.clone(), id: key.id.clone() };
        let kind = KINDS.into_iter().find(|kind| *kind == key.kind).ok_or_else(unknown)?;
        Ok(Self { kind, id: key.id.clone() })
    }

    /// The key as it goes over the wire.
    pub fn to_key(&self) -> ObjectKey {
        ObjectKey { kind: self.kind.to_owned(), id: self.id.clone() }
    }
}

fn kind_and_id(object: &Object) -> Result<(&'static str, &str), DesiredError> {
    use object::Object::{
        Image, Instance, Neighbor, NetworkInterface, PrivateHealthCheck, PrivateRecordSet, PrivateZone,
        Resolver, SecurityGroup, Subnet, Vpc,
    };
    Ok(match object.object.as_ref().ok_or(DesiredError::UnknownObject)? {
        Image(image) => ("image", &image.id),
        Instance(instance) => ("instance", &instance.id),
        Neighbor(neighbor) => ("neighbor", &neighbor.network_interface_id),
        NetworkInterface(interface) => ("network_interface", &interface.id),
        PrivateHealthCheck(check) => ("private_health_check", &check.id),
        PrivateRecordSet(set) => ("private_record_set", &set.id),
        PrivateZone(zone) => ("private_zone", &zone.id),
        Resolver(resolver) => ("resolver", &resolver.vpc_id),
        SecurityGroup(group) => ("security_group", &group.id),
        Subnet(subnet) => ("subnet", &subnet.id),
        Vpc(vpc) => ("vpc", &vpc.id),
    })
}

impl Generation {
    /// Which of two generations is newer; `None` when they are of different clusters and cannot be compared.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        let position = |generation: &Self| (generation.incarnation, generation.index);
        (self.cluster_id == other.cluster_id).then(|| position(self).cmp(&position(other)))
    }
}

/// The desired set of one node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DesiredSet {
    objects: BTreeMap<ObjectRef, Arc<Object>>,
}

impl DesiredSet {
    /// A set of these objects; each may appear once.
    pub fn from_objects(objects: impl IntoIterator<Item = Object>) -> Result<Self, DesiredError> {
        let mut set = Self::default();
        for object in objects {
            let key = ObjectRef::of(&object)?;
            if set.objects.insert(key.clone(), Arc::new(object)).is_some() {
                return Err(DesiredError::Duplicate { kind: key.kind, id: key.id });
            }
        }
        Ok(set)
    }

    /// Adds an object or replaces the one with its key.
    pub fn insert(&mut self, object: Object) -> Result<(), DesiredError> {
        self.objects.insert(ObjectRef::of(&object)?, Arc::new(object));
        Ok(())
    }

    /// The same for an object that other sets hold as well: a thousand nodes may be told of one interface. `key` is the
    /// object's own.
    pub fn share(&mut self, key: ObjectRef, object: Arc<Object>) {
        self.objects.insert(key, object);
    }

    /// Removes an object; says whether it was there.
    pub fn remove(&mut self, key: &ObjectRef) -> bool {
        self.objects.remove(key).is_some()
    }

    /// The object with this key.
    pub fn get(&self, key: &ObjectRef) -> Option<&Object> {
        self.objects.get(key).map(Arc::as_ref)
    }

    /// All objects in order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&ObjectRef, &Object)> {
        self.objects.iter().map(|(key, object)| (key, object.as_ref()))
    }

    /// The ids of the objects of a kind, in order.
    pub fn ids(&self, kind: &'static str) -> impl Iterator<Item = &str> {
        let from = ObjectRef { kind, id: String::new() };
        self.objects
            .range(from..)
            .take_while(move |(key, _)| key.kind == kind)
            .map(|(key, _)| key.id.as_str())
    }

    /// Number of objects.
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether nothing is desired.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// SHA-256 over the length-delimited objects in order; see [`Desired::hash`].
    pub fn hash(&self) -> Vec<u8> {
        let mut context = Context::new(&SHA256);
        let mut buffer = Vec::new();
        for object in self.objects.values() {
            buffer.clear();
            // A `Vec` grows, so encoding into it cannot run out of room.
            let _ = object.encode_length_delimited(&mut buffer);
            context.update(&buffer);
        }
        context.finish().as_ref().to_vec()
    }

    /// The whole set as a message.
    pub fn to_full(&self, generation: Generation) -> Desired {
        Desired {
            generation: Some(generation),
            base: None,
            objects: self.objects.values().map(|object| object.as_ref().clone()).collect(),
            removed: Vec::new(),
            hash: self.hash(),
            causes: Vec::new(),
        }
    }

    /// What turns `base` (held at `base_generation`) into this set.
    pub fn to_delta(&self, base: &Self, base_generation: Generation, generation: Generation) -> Desired {
        Desired {
            generation: Some(generation),
            base: Some(base_generation),
            objects: self.changed_since(base),
            removed: base
                .objects
                .keys()
                .filter(|key| !self.objects.contains_key(key))
                .map(ObjectRef::to_key)
                .collect(),
            hash: self.hash(),
            causes: Vec::new(),
        }
    }

    /// The set after `message`, with its hash verified. The caller has checked the generations; `self` stays as it
    /// is, so an error leaves nothing half done.
    pub fn apply(&self, message: &Desired) -> Result<Self, DesiredError> {
        let mut next = if message.base.is_some() { self.clone() } else { Self::default() };
        for key in &message.removed {
            next.objects.remove(&ObjectRef::parse(key)?);
        }
        for (key, object) in Self::from_objects(message.objects.iter().cloned())?.objects {
            next.objects.insert(key, object);
        }
        if next.hash() != message.hash {
            return Err(DesiredError::HashMismatch);
        }
        Ok(next)
    }

    fn changed_since(&self, base: &Self) -> Vec<Object> {
        let unchanged = |key: &ObjectRef, object: &Arc<Object>| {
            base.objects.get(key).is_some_and(|old| Arc::ptr_eq(old, object) || old == object)
        };
        let changed = self.objects.iter().filter(|(key, object)| !unchanged(key, object));
        changed.map(|(_, object)| object.as_ref().clone()).collect()
    }
}

#[cfg(test)]
mod tests;
