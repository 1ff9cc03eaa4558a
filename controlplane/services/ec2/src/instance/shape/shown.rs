//! An instance as lists show it, with its XML, kept beside its record until it or anything it shows changes.

use super::InstanceShape;
use crate::instance::Instance;
use controlplane_services_kernel::{Reader, Stored, View};
use controlplane_wire::{Fragment, model};
use serde::{Serialize, Serializer};
use std::borrow::Borrow;
use std::sync::Arc;

/// Its name in the API's model.
const SHAPE: &str = "Instance";
/// What the shape takes beside its texts, which are most of the XML.
const FIXED: usize = 2 * size_of::<InstanceShape>();

/// An instance in a list. Cloning it costs a reference count.
#[derive(Clone, Debug)]
pub(crate) struct ShownInstance(Arc<Shown>);

#[derive(Debug)]
enum Shown {
    Encoded(Fragment<InstanceShape>),
    /// It does not fit the model; whoever writes the answer says so.
    Plain(InstanceShape),
}

impl ShownInstance {
    /// What the caller sees of an instance of theirs. Account and region are in its key, so all who see it see the same.
    pub(crate) fn of(stored: &Stored<'_, Instance>, cx: &Reader) -> Self {
        Self(cx.view.kept(stored, |view| make(stored, view, cx)))
    }
}

/// With the bytes it takes.
fn make(stored: &Stored<'_, Instance>, view: &View, cx: &Reader) -> (Shown, usize) {
    let cx = Reader::new(view.clone(), cx.caller.clone(), cx.now);
    let shape = || InstanceShape::of(stored.key.id(), stored.record, &cx);
    match model::by_name("ec2").map(|ec2| Fragment::new(ec2, SHAPE, shape())) {
        Some(Ok(fragment)) => {
            let bytes = FIXED + 2 * fragment.size();
            (Shown::Encoded(fragment), bytes)
        }
        _ => (Shown::Plain(shape()), FIXED),
    }
}

impl Borrow<InstanceShape> for ShownInstance {
    fn borrow(&self) -> &InstanceShape {
        match &*self.0 {
            Shown::Encoded(fragment) => fragment,
            Shown::Plain(shape) => shape,
        }
    }
}

impl Serialize for ShownInstance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &*self.0 {
            Shown::Encoded(fragment) => fragment.serialize(serializer),
            Shown::Plain(shape) => shape.serialize(serializer),
        }
    }
}
