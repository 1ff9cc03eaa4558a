//! Controllers: level-triggered planners of what has to change next.
//!
//! A controller takes no input but the view. A hint or a timer says which key to look at; it reads everything it
//! needs and returns intents, each an operation to run on the writer. It runs beside the writer, on a view that may be
//! a moment old, so an intent names the records it relied on with their revisions; the writer drops an intent whose
//! ground has moved, and the change that moved it brings the key back here.
//!
//! When nothing has to change, a plan is empty: a full sweep of a settled region writes nothing.

use crate::operation::{self, BoundOperation};
use crate::{Caller, Operation, View};
use controlplane_types::{Key, Revision, Timestamp};

/// An operation a controller wants run.
#[derive(Debug)]
pub struct Intent {
    /// For whom.
    pub caller: Caller,
    /// What.
    pub operation: Box<dyn BoundOperation>,
    /// Records the decision rests on, with the revision seen (`None`: there was none).
    pub relies_on: Vec<(Key, Option<Revision>)>,
}

impl Intent {
    /// An operation for an account.
    pub fn new<O: Operation>(caller: Caller, input: O::Input) -> Self {
        Self { caller, operation: operation::bind::<O>(input), relies_on: Vec::new() }
    }

    /// Only if the record at `key` is still as `view` has it.
    pub fn relying_on(mut self, view: &View, key: &Key) -> Self {
        self.relies_on.push((key.clone(), view.revision_of(key)));
        self
    }

    /// Whether everything the decision rests on is still so.
    pub fn holds(&self, view: &View) -> bool {
        self.relies_on.iter().all(|(key, revision)| view.revision_of(key) == *revision)
    }
}

/// What has to happen, and when to look again if nothing changes before.
#[derive(Debug, Default)]
pub struct Plan {
    /// In order.
    pub intents: Vec<Intent>,
    /// Look again at this time; `None`: only after a change.
    pub next_wake: Option<Timestamp>,
}

impl Plan {
    /// Nothing to do.
    pub fn settled() -> Self {
        Self::default()
    }

    /// Adds an intent.
    pub fn intend(&mut self, intent: Intent) {
        self.intents.push(intent);
    }

    /// Looks again at `time` or earlier.
    pub fn wake_at(&mut self, time: Timestamp) {
        self.next_wake = Some(self.next_wake.map_or(time, |other| other.min(time)));
    }
}

/// A planner for the keys of one kind.
pub trait Controller: 'static {
    /// Stable name, for logs and metrics.
    const NAME: &'static str;

    /// Which keys to look at because the record at `changed` was written. Called with the view before and the one after
    /// the change, so a deleted record still leads to its owner.
    fn concerned(view: &View, changed: &Key) -> Vec<Key>;

    /// Every key there is to look at.
    fn sweep(view: &View) -> Vec<Key>;

    /// What has to happen for `key`. Pure.
    fn plan(view: &View, key: &Key, now: Timestamp) -> Plan;
}
